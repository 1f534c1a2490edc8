import type { ResultsOf } from '../lib/step/define-step.ts'
import { openActor } from '../lib/step/open-actor.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { openClouds } from './clouds.ts'
import { createHost } from './host.ts'
import { identityUse, scriptParams } from './inputs.ts'
import { createMask } from './mask.ts'
import { rehearse } from './rehearse.ts'
import { readScript } from './script-source.ts'
import { shellOf } from './shell.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>

/** Runs the script, or in a dry run shows what it could ask for. */
export async function run(call: Call): Promise<ResultsOf<typeof step>> {
  const { inputs, workspaces, annotations, services } = call
  const { log, record } = services
  const dryRun = inputs['dry-run']
  const script = await readScript(inputs, { workspace: workspaces.source, annotated: annotations['script'] })
  record.action({ target: script.name, digest: script.digest, dryRun })
  log.line('script', `${script.name}, from ${script.from}: ${script.bytes} bytes, ${script.digest}`)
  const use = identityUse(inputs)
  const actor = openActor(inputs, { use, accounts: [] }, services)
  const mask = createMask()
  const shell = shellOf(services.given.env)
  if (shell !== undefined) log.line('programs', `The script may start programs, from ${shell.path}.`)
  const host = createHost({ script, shell, services, mask })
  const cloud = inputs['azure-cloud']
  const clouds = openClouds({ actor, use, cloud, mask, handedOver: (entry, end) => host.handedOver(entry, end) })
  const bound = Object.fromEntries(Object.entries(workspaces).filter(([, path]) => path !== ''))
  const given = { params: scriptParams(inputs.params), workspaces: bound }
  if (dryRun) await rehearse(services, { clouds, use, cloud, target: actor.target })
  const results = await host.run({ ...given, check: dryRun }, clouds)
  return { value: '', id: '', url: '', json: '', ...results }
}
