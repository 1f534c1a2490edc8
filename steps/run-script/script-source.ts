import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { stepError, type StepError } from '../lib/core/errors.ts'
import { longestScript, noConfigMap, scriptAnnotation, type ScriptInputs } from './inputs.ts'

/** A script as it will be run. */
export type ScriptSource = {
  /** As error messages name it: `restart.ts`. */
  readonly name: string
  /** Where it was taken from, for people. */
  readonly from: string
  readonly text: string
  readonly bytes: number
  /** `sha256:…` of its bytes. */
  readonly digest: string
}

/** Reads the script of inputs that passed the checks, byte for byte. Throws SCRIPT_UNUSABLE. */
export async function readScript(
  inputs: ScriptInputs,
  { workspace, annotated }: { readonly workspace: string; readonly annotated: string | undefined },
): Promise<ScriptSource> {
  const { script, 'script-file': file, 'script-from': from } = inputs
  if (annotated !== undefined)
    return sourceOf(Buffer.from(annotated), { name: 'script.ts', from: `the annotation ${scriptAnnotation}` })
  if (file !== undefined) {
    return sourceOf(await readFile(workspace, file), { name: basename(file), from: `the file ${file}` })
  }
  if (script === undefined) throw new TypeError('a run without a script passed the checks')
  const place = from === undefined || from === noConfigMap ? 'the param script' : `the ConfigMap ${from}`
  return sourceOf(Buffer.from(script), { name: 'script.ts', from: place })
}

function sourceOf(bytes: Buffer, named: Pick<ScriptSource, 'name' | 'from'>): ScriptSource {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  try {
    // A byte that is lost in decoding would be another script than the one that was reviewed.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { ...named, text, bytes: bytes.length, digest }
  } catch (error) {
    throw unusable(named.name, 'it is not UTF-8', error)
  }
}

/** Who wrote the workspace may have put a link there that leads to what the pod holds elsewhere. */
async function readFile(workspace: string, file: string): Promise<Buffer> {
  if (workspace === '') throw unusable(file, 'the workspace source is not bound')
  try {
    const [root, path] = [await realpath(workspace), await realpath(join(workspace, file))]
    if (!path.startsWith(root + sep)) throw unusable(file, 'it leads out of the workspace')
    await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (!stat.isFile()) throw unusable(file, 'it is no plain file')
    if (stat.size > longestScript)
      throw unusable(file, `it has ${stat.size} bytes, more than ${longestScript} (100 KB)`)
    return await handle.readFile()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.name === 'StepError') throw error
    throw unusable(file, error.code === 'ENOENT' ? 'there is no such file' : error.message, error)
  }
}

function unusable(script: string, reason: string, cause?: unknown): StepError {
  return stepError('SCRIPT_UNUSABLE', { script, reason }, { cause })
}
