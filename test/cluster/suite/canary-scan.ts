import { findLeaks, type Place } from '../../sandbox/canary.ts'
import { askSandbox, kubectl } from './stage.ts'

/** Kinds in which anything of a run could be kept; what a cluster does not know is passed over. */
const kinds = ['pods', 'events', 'configmaps']
const tektonKinds = ['taskruns', 'pipelineruns']

/** Everything that the API server shows of a namespace, Secrets apart, which no run of ours makes. */
async function placesIn(namespace: string): Promise<readonly Place[]> {
  const places = await Promise.all(
    [...kinds, ...tektonKinds].map(async (kind) => {
      const { status, stdout } = await kubectl().try(['get', kind, '-n', namespace, '-o', 'json'])
      return status === 0 ? [{ where: `${kind} of ${namespace}`, text: stdout }] : []
    }),
  )
  return places.flat()
}

/** Throws when a log of a run, or any object of its namespace, holds a secret that the clouds have handed out or were shown. */
export async function refuseLeaks(
  namespace: string,
  run: string,
  logs: Readonly<Record<string, string>>,
): Promise<void> {
  const leaks = findLeaks(await secrets(), [
    ...(await placesIn(namespace)),
    ...Object.entries(logs).map(([container, text]) => ({ where: `log of ${container} of ${run}`, text })),
  ])
  if (leaks.length > 0) throw new Error(leaks.join('\n'))
}

/** What must be nowhere: every token, password and key that the clouds have handed out until now, and the projected tokens that they were shown. */
export async function secrets(): Promise<readonly string[]> {
  const { secrets: known } = (await askSandbox('GET', '/secrets')) as { readonly secrets: readonly string[] }
  return known
}
