/** A failure on its way through `retry`, which must not retry what was retried already: its cause is what went wrong. */
export class SettledFailure extends Error {
  override readonly name = 'SettledFailure'
}

/** Runs what retries by itself; its failure is one that nobody retries again. */
export async function settling<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof SettledFailure ? error : new SettledFailure('it was retried already', { cause: error })
  }
}

/** What went wrong, whether it was retried already or not. */
export function unsettled(error: unknown): unknown {
  return error instanceof SettledFailure ? error.cause : error
}
