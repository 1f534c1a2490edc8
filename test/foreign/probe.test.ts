import { test } from 'vitest'
import { join } from 'node:path'
import { startForeignCloud } from './cloud.ts'
import { registries, imageIn, writeDockerConfig } from './registries.ts'
import { toolPath } from './tools.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
test('probe', async () => {
  const cloud = await startForeignCloud()
  const layout = join(cloud.folder, 'l'); 
  console.log(await writeSampleLayout(layout, { layers: [{ a: 'x' }, { big: Buffer.alloc(3_000_000, 7) }], platforms: [{os:'linux',architecture:'amd64'},{os:'linux',architecture:'arm64'}], refName: 'multi' }))
  for (const r of registries) {
    const good = { DOCKER_CONFIG: await writeDockerConfig(join(cloud.folder, r.name), r.host, await r.login(cloud)) }
    const bad = { DOCKER_CONFIG: await writeDockerConfig(join(cloud.folder, r.name + 'bad'), r.host, r.user + ':wrong') }
    const c = (args: string[], e: Record<string,string>) => cloud.run(toolPath('crane'), args, e)
    const i = imageIn(r, 'v1')
    console.log(r.name, await c(['push', '--index', layout, i], good), await c(['digest', i], good), await c(['validate','--remote', i], good), await c(['pull','--format=oci', i, join(cloud.folder, 'o'+r.name)], good), await c(['ls', i.split(':')[0] ?? ''], good))
    console.log(r.name, await c(['push', '--index', layout, i], bad), await c(['digest', i], bad), await c(['push', '--index', layout, r.host+'/other/app:v1'], good), await c(['digest', imageIn(r,'v9')], good))
    const s = (args: string[]) => cloud.run(toolPath('skopeo'), ['--insecure-policy', ...args])
    const login = await r.login(cloud)
    console.log(r.name, await s(['inspect', '--creds', login, 'docker://'+i]), await s(['inspect', '--creds', r.user+':wrong', 'docker://'+i]), await s(['copy', '--all', '--dest-creds', login, 'oci:'+layout+':multi', 'docker://'+r.host+'/other/thing:v1']))
  }
  console.log(cloud.sandbox.journal.entries.filter(e=>e.standIn==='blob-hosts').length)
  await cloud.close()
}, 100000)
