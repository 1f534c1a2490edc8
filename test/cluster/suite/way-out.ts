import { kubectl, stage } from './stage.ts'

/** Name of the ConfigMap of {@link putWayOut}. */
const name = 'way-out'

/** Puts a ConfigMap of variables by which a command in a namespace reaches the clouds of the suite; gives its name. */
export async function putWayOut(namespace = stage().namespaces.ci): Promise<string> {
  const { proxy, caPem } = stage().sandbox
  const data = { HTTPS_PROXY: proxy, CLOUDS_CA: caPem }
  await kubectl().apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }])
  return name
}
