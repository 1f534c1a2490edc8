import { stepError } from '../core/errors.ts'

/** Letters that mean nothing to a shell, to Python's shlex, or to a reader of INI files. */
const plain = /^[\w./:@%,=-]+$/

/**
 * A command line for `credential_process`: absolute path first, words with blanks in double quotes, no variables and no `~`
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html). Some SDKs give the line to a shell, botocore splits it by
 * shlex: what these could read otherwise is refused. Throws HANDOVER_FOLDER_UNUSABLE.
 */
export function credentialProcessLine(words: readonly string[]): string {
  return words.map(quoted).join(' ')
}

function quoted(word: string): string {
  if (plain.test(word)) return word
  if (plain.test(word.replaceAll(' ', ''))) return `"${word}"`
  const reason =
    'AWS’s clients would read its path from a command line, where it may have letters, digits and blanks alone'
  throw stepError('HANDOVER_FOLDER_UNUSABLE', { path: word, reason })
}
