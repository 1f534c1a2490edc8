import * as fc from 'fast-check'
import { expect } from 'vitest'
import { Secret } from '../../steps/lib/core/secret.ts'
import { mergeAwsSections, type AwsSection } from '../../steps/lib/handover/aws-profile-file.ts'
import { mergeDockerConfig } from '../../steps/lib/handover/docker-config.ts'
import { mergeEnvironment } from '../../steps/lib/handover/environment-file.ts'
import { Unmergeable, type Merge } from '../../steps/lib/handover/hand-over-folder.ts'
import { mergeKubeconfig } from '../../steps/lib/handover/kubeconfig.ts'
import { StepError } from '../../steps/lib/core/errors.ts'
import { almost, anyText, fuzz, inherited } from './fuzz.ts'

const host = 'contoso.azurecr.io'
const docker = mergeDockerConfig([{ host, auth: new Secret('dXNlcjpwYXNz') }], '/x/config.json')
const section: AwsSection = { header: 'shop', comment: 'ends', settings: { aws_access_key_id: 'A' } }
const aws = mergeAwsSections([section])
const kube = mergeKubeconfig({
  name: 'shop',
  server: 'https://shop.example',
  certificateAuthorityData: '',
  namespace: undefined,
  tokenFile: 'shop.token',
})
const environment = mergeEnvironment({ ARM_USE_OIDC: 'true' }, 'shell')

/** The merged text, or undefined where the text that is there cannot be added to; anything else is thrown. */
function merged(merge: Merge, existing: string): string | undefined {
  try {
    return merge(existing)?.reveal()
  } catch (error) {
    if (error instanceof Unmergeable || error instanceof StepError) return undefined
    throw error
  }
}

const names = fc.oneof(fc.constantFrom(...inherited, host, 'ghcr.io'), fc.string({ minLength: 1, maxLength: 12 }))
const objects = fc.dictionary(names, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 })

fuzz(
  'docker: everything of others is kept, and ours is there',
  { from: fc.record({ auths: objects, more: objects }) },
  ({ auths, more }) => {
    const { credsStore: _store, credHelpers: _helpers, ...others } = more
    const text = merged(docker, JSON.stringify({ ...others, auths }))
    expect(text).toBeDefined()
    const config = JSON.parse(text ?? '{}') as { auths: Record<string, unknown> }
    expect(config).toEqual(
      JSON.parse(JSON.stringify({ ...others, auths: { ...auths, [host]: { auth: 'dXNlcjpwYXNz' } } })),
    )
  },
)

fuzz(
  'docker: text that is no configuration is refused, never replaced',
  { from: almost(fc.constant('{"auths":{"ghcr.io":{"auth":"b2xk"}}}'), '{}[]":,') },
  (existing) => {
    const text = merged(docker, existing)
    if (text === undefined || existing.trim() === '') return
    expect(JSON.parse(text)).toHaveProperty(['auths', host])
    expect(typeof JSON.parse(existing)).toBe('object')
  },
)

const lines = fc.array(
  fc.oneof(
    fc.constantFrom(
      '[default]',
      '[profile a]',
      '[shop]',
      '[ shop ]',
      '# a comment',
      'region = x',
      '  indented = y',
      '',
    ),
    anyText('[]=#;'),
  ),
  { maxLength: 12 },
)

fuzz(
  'AWS: to merge twice is to merge once, and there is one section of ours',
  { from: lines.map((all) => all.join('\n')) },
  (existing) => {
    const once = merged(aws, existing)
    if (once === undefined) return
    expect(merged(aws, once)).toBe(once)
    expect(once.split('\n').filter((line) => /^\s*\[\s*shop\s*\]/.test(line))).toHaveLength(1)
    const kept = existing.split(/\r?\n/).filter((line) => line.trim() === '[profile a]')
    expect(once.split('\n').filter((line) => line === '[profile a]')).toHaveLength(
      kept.filter((line) => line === '[profile a]').length,
    )
  },
)

fuzz('kubeconfig: to merge twice is to merge once', { from: objects }, (existing) => {
  const once = merged(kube, JSON.stringify(existing))
  if (once !== undefined) expect(merged(kube, once)).toBe(once)
})

fuzz(
  'environment: lines of others are kept in their order',
  { from: fc.array(anyText('=exportAZ'), { maxLength: 6 }) },
  (texts) => {
    const others = texts
      .flatMap((text) => text.split('\n'))
      .filter((line) => line !== '' && !line.includes('ARM_USE_OIDC'))
    const text = merged(environment, others.join('\n')) ?? ''
    expect(text).toBe([...others, "export ARM_USE_OIDC='true'", ''].join('\n'))
  },
)
