import type { JsonSchema } from '../../sandbox/config-schema/json-schema.ts'
import { root } from '../repository.ts'
import { configRefinements, controlRefinements } from './config-refinements.ts'
import { schemaOfType } from './type-schema.ts'

const published = 'https://raw.githubusercontent.com/tekton-entra/tekton-entra/main/test/sandbox'
const draft = 'https://json-schema.org/draft/2020-12/schema'

/** The sandbox's published schemas as their types say now, with the file of each. */
export function sandboxSchemas(): { path: string; text: string }[] {
  return [
    { path: `${root}/test/sandbox/config.schema.json`, text: asText(configSchema()) },
    { path: `${root}/test/sandbox/control.schema.json`, text: asText(controlSchema()) },
  ]
}

/** The state of the clouds; a file may name the schema that it is written to, as editors want it. */
function configSchema(): JsonSchema {
  const schema = schemaOfType(`${root}/test/sandbox/config.ts`, 'SandboxConfig', configRefinements)
  return {
    $schema: draft,
    $id: `${published}/config.schema.json`,
    title: "the sandbox's state",
    ...schema,
    properties: { $schema: { description: 'This schema, for editors.', type: 'string' }, ...schema.properties },
  }
}

/** What the control address of a running sandbox takes. */
function controlSchema(): JsonSchema {
  const schema = schemaOfType(`${root}/test/sandbox/control/requests.ts`, 'ControlRequests', controlRefinements)
  return { $schema: draft, $id: `${published}/control.schema.json`, title: 'requests to a running sandbox', ...schema }
}

function asText(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}
