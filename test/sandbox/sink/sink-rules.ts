import type { SandboxConfig } from '../config.ts'
import { repeated } from '../repeated.ts'

/** What no endpoint would be: two of one host, a path that is none, a tenant that there is not. */
export function sinkFaults({ recordSinks = [], tenants }: SandboxConfig): readonly string[] {
  const hosts = recordSinks.map(({ host }) => host)
  const ids = tenants.map(({ id }) => id)
  return [
    ...repeated(hosts).map((host) => `recordSinks: the host ${host} is there twice`),
    ...recordSinks.flatMap(({ host, path, access }, index) => [
      ...(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) ? [] : [`recordSinks[${index}].host: ${host} is no host name`]),
      ...(/^\/[!-~]*$/.test(path) && !/[?#]/.test(path) ? [] : [`recordSinks[${index}].path: ${path} is no path`]),
      ...(access === undefined || ids.includes(access.tenantId)
        ? []
        : [`recordSinks[${index}].access.tenantId: there is no tenant ${access.tenantId}`]),
    ]),
  ]
}
