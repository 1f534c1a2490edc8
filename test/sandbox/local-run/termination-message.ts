/** An entry of the message by which Tekton's entrypoint tells the controller about a step; the numbers of `type` are Tekton's. */
export type Entry = { readonly key: string; readonly value: string; readonly type: number }

export const entryTypes = { taskResult: 1, internal: 3, stepResult: 4 }

/** No container may say more, in bytes. */
const containerLimit = 4096
/** What the kubelet keeps of all messages of a pod, an equal share of each container. */
const podLimit = 12 * 1024

/** What a step's container says: its results as far as they fit, and what the entrypoint itself has to tell. Too much fails the container. */
export function terminationMessage(
  results: readonly (readonly Entry[])[],
  internal: readonly Entry[],
): { text: string; isTooLong: boolean } {
  const sums = results.map((_, index) => results.slice(0, index + 1).flat())
  const kept = sums.findLast(fits) ?? []
  const all = [...kept, ...internal]
  return { text: goJson(fits(all) ? all : kept), isTooLong: !sums.every(fits) || !fits(all) }
}

function fits(entries: readonly Entry[]): boolean {
  return byteLength(goJson(entries)) <= containerLimit
}

/**
 * What the controller gets of a message: all of it, by name, the last of each; or nothing, when the kubelet has cut it. Then the results are
 * gone, and a run goes on as if the step had written none.
 */
export function receivedEntries(text: string, containers: number): readonly Entry[] {
  if (byteLength(text) > Math.floor(podLimit / containers)) return []
  const entries = JSON.parse(text) as readonly Entry[]
  return [...new Map(entries.map((entry) => [entry.key, entry])).values()]
}

/** JSON as Go writes it: the characters that HTML gives a meaning take six bytes each. */
function goJson(entries: readonly Entry[]): string {
  return JSON.stringify(entries).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}
