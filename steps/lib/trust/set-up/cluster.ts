import { hole, setUp, type SetUp } from './set-up.ts'

/** Whose pods are trusted. */
export type ServiceAccountName = { readonly namespace: string; readonly name: string }

/** What the issuer is called until the cluster has said it. */
export const issuerHole = hole('ISSUER')

/** The service account that TaskRuns name. */
export function serviceAccount({ namespace, name }: ServiceAccountName): SetUp {
  const yaml = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
  namespace: ${namespace}`
  return setUp(`service account ${namespace}/${name}`, { yaml, kubectl: applied(yaml) })
}

/** The identity profile: a ConfigMap that tells the Tasks who they are. None of it is a secret. */
export function identityProfile(namespace: string, keys: Readonly<Record<string, string>>): SetUp {
  const name = 'entra-identity'
  const lines = Object.entries(keys).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)
  const yaml = `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: ${namespace}
data:
${lines.join('\n')}`
  return setUp(`identity profile ${namespace}/${name}`, { yaml, kubectl: applied(yaml) })
}

/** The cluster's own issuer, where it was not given: a trust spells it exactly as the cluster does. */
export function clusterIssuer(): SetUp {
  return setUp('issuer of the cluster, exactly as it spells it', {
    kubectl:
      'ISSUER=$(kubectl get --raw /.well-known/openid-configuration | sed \'s/.*"issuer": *"\\([^"]*\\)".*/\\1/\')',
    terraform: `variable "issuer" {
  type = string
}
locals {
  issuer = var.issuer
}`,
    bicep: 'param issuer string',
  })
}

function applied(yaml: string): string {
  return `kubectl apply -f - <<END\n${yaml}\nEND`
}
