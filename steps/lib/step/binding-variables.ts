import type { BindingVariables } from '../azure/identity-binding.ts'

/** What the AKS webhook has set in the pod for its identity binding. Read before all variables of that kind are forgotten. */
export function readBindingVariables(env: Readonly<Record<string, string | undefined>>): BindingVariables {
  const variable = (name: string) => (env[name] ?? '').trim()
  return {
    url: variable('AZURE_KUBERNETES_TOKEN_PROXY'),
    sniName: variable('AZURE_KUBERNETES_SNI_NAME'),
    caFile: variable('AZURE_KUBERNETES_CA_FILE'),
    caData: variable('AZURE_KUBERNETES_CA_DATA'),
  }
}
