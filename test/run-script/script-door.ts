import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFrontDoor, type FrontDoor, type FrontDoorResult, type Variation } from '../push-image/front-door.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { standIns } from '../sandbox/sandbox.ts'
import { createRecorder, type Recorder } from './recorder.ts'

/** The Task `run-script` against the sandbox, with a recorder for the services that it calls. */
export type ScriptDoor = Pick<FrontDoor, 'sandbox' | 'requests'> & {
  readonly recorder: Recorder
  /** Runs a script that is given as the param `script`. */
  script(text: string, variation?: Variation): Promise<FrontDoorResult>
  /** Runs the Task with these params, and a workspace `source` that has these files. */
  call(
    params: Variation['params'],
    files?: Readonly<Record<string, string | Buffer>>,
    variation?: Variation,
  ): Promise<FrontDoorResult>
  [Symbol.asyncDispose](): Promise<void>
}

/** An API of the user's own, and one of Microsoft's that not every tenant has. */
const resources = ['api://orders', 'https://api.loganalytics.io']

/** The cloud with the resources that the tests ask tokens for. */
function withResources(config: SandboxConfig): SandboxConfig {
  const apps = resources.map((uri, index) => ({
    clientId: `aaaaaaaa-0000-4000-8000-00000000000${index}`,
    displayName: uri,
    servicePrincipalId: `bbbbbbbb-0000-4000-8000-00000000000${index}`,
    identifierUris: [uri],
  }))
  const tenants = config.tenants.map((tenant) => ({ ...tenant, apps: [...tenant.apps, ...apps] }))
  return { ...config, tenants }
}

/** Opens the door, to the example's cloud or another one. */
export async function openScriptDoor(config = exampleCloud()): Promise<ScriptDoor> {
  const recorder = createRecorder()
  const door = await openFrontDoor(withResources(config), {
    standIns: (world) => [recorder.standIn(world), ...standIns(world)],
  })
  const call: ScriptDoor['call'] = async (params = {}, files = {}, variation = {}) => {
    const source = await mkdtemp(join(tmpdir(), 'tekton-entra-script-'))
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text)
      const region = { 'aws-region': example.region, ...params }
      return await door.call({ ...variation, task: 'run-script', params: region, workspaces: { source } })
    } finally {
      await rm(source, { recursive: true, force: true })
    }
  }
  return {
    sandbox: door.sandbox,
    requests: () => door.requests(),
    recorder,
    call,
    script: async (script, variation = {}) => await call({ script, ...variation.params }, {}, variation),
    [Symbol.asyncDispose]: async () => await door[Symbol.asyncDispose](),
  }
}
