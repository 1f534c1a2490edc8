/** Names that differ from run to run. */
export type RunNames = { readonly taskRun: string; readonly namespace: string }

/** The JSON objects among the lines of an output; Tekton's own lines between them are none. */
export function jsonLines(output: string, { taskRun, namespace }: RunNames): readonly unknown[] {
  const text = output
    .replaceAll(taskRun, '<taskRun>')
    .replaceAll(namespace, '<namespace>')
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uid>')
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      return [JSON.parse(line) as unknown]
    } catch {
      return []
    }
  })
}
