/** `… is not authorized to perform: ecr:TagResource on resource: …`: one call may need several actions. */
export function deniedAction(message: string): string | undefined {
  return /not authorized to perform: ([a-z][a-z-]*:[A-Za-z]+)/.exec(message)?.[1]
}
