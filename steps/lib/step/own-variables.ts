import { contextFields, envName, networkKeys, sinkKeys, tokenFiles, type StepDefinition } from './define-step.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** What the AKS webhook says beside the values of params, and the proxy that a cluster's administrators set for every pod. */
const ofPod = [
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_KUBERNETES_TOKEN_PROXY',
  'AZURE_KUBERNETES_SNI_NAME',
  'AZURE_KUBERNETES_CA_FILE',
  'AZURE_KUBERNETES_CA_DATA',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
] as const

/** Those variables that a step with a token reads its call from, and no others; a call of the same step elsewhere needs no more. */
export function ownVariables(step: StepDefinition, env: Variables): Readonly<Record<string, string>> {
  const params = Object.entries(step.params)
  const names: readonly string[] = [
    ...params.filter(([, { kind }]) => kind !== 'list').map(([name]) => envName('PARAM', name)),
    ...params.filter(([, { profile }]) => profile === true).map(([name]) => envName('PROFILE', name)),
    ...params.flatMap(([, { webhook }]) => webhook ?? []),
    ...[...networkKeys, ...sinkKeys].map((key) => envName('PROFILE', key)),
    ...Object.keys(tokenFiles),
    ...Object.keys(contextFields),
    ...ofPod,
  ]
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      const value = env[name]
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )
}
