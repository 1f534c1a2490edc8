import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { stepError } from '../../lib/core/errors.ts'
import { isObject } from '../../lib/core/strict-json.ts'
import type { FoundLine, Gap } from '../model/evidence.ts'
import { objectsAt, textAt } from '../model/look.ts'
import { isRecordLine } from '../model/read-record.ts'
import { readPipelineRun, readPod, readTaskRun } from '../model/read-tekton.ts'
import type { Collected } from './collected.ts'

/** No export of one run is larger; whoever fills the folder must not fill our memory. */
const longestFile = 64 * 1024 * 1024
const mostFiles = 10_000

type File = { readonly path: string; readonly text: string }

/**
 * What files say of a PipelineRun; without a name, of the only one that is there. Links are not followed: who wrote the workspace may have put one
 * there. Throws AUDIT_SOURCE_REFUSED, AUDIT_RUN_NOT_FOUND.
 */
export async function collectFolder(
  folder: string,
  name: string | undefined,
): Promise<Collected & { readonly name: string; readonly namespace: string }> {
  const { files, gaps } = await readFiles(folder)
  const objects = files.flatMap((file) => objectsIn(file))
  const runs = objects.filter((object) => textAt(object, 'kind') === 'PipelineRun')
  const taskRuns = objects.filter((object) => textAt(object, 'kind') === 'TaskRun')
  const pods = objects.filter((object) => textAt(object, 'kind') === 'Pod')
  const names = new Set([...runs.map((run) => textAt(run, 'metadata', 'name')), ...taskRuns.map(runNameOf)])
  const chosen = name ?? (names.size === 1 ? [...names][0] : undefined)
  const place = `the folder (it has ${[...names].filter((one) => one !== '').join(', ') || 'none'})`
  if (chosen === undefined || chosen === '')
    throw stepError('AUDIT_RUN_NOT_FOUND', { name: name ?? '(none was named)', place })
  const run = runs.find((one) => textAt(one, 'metadata', 'name') === chosen)
  const own = taskRuns.filter((taskRun) => runNameOf(taskRun) === chosen)
  const taskRunNames = own.map((taskRun) => textAt(taskRun, 'metadata', 'name'))
  return {
    name: chosen,
    namespace: textAt(run ?? own[0], 'metadata', 'namespace'),
    run: run === undefined ? undefined : readPipelineRun(run),
    taskRuns: own.map(readTaskRun),
    pods: pods.length === 0 ? undefined : pods.map(readPod).filter(({ taskRun }) => taskRunNames.includes(taskRun)),
    lines: files.flatMap((file) => linesIn(file, chosen)),
    gaps,
  }
}

function runNameOf(taskRun: unknown): string {
  return textAt(taskRun, 'metadata', 'labels', 'tekton.dev/pipelineRun')
}

async function readFiles(folder: string): Promise<{ files: File[]; gaps: Gap[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw stepError('AUDIT_SOURCE_REFUSED', { source: 'The workspace evidence', reason }, { cause: error })
  })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const files: File[] = []
  const gaps: Gap[] = []
  for (const path of paths.toSorted().slice(0, mostFiles)) {
    const own = relative(folder, path)
    if ((await stat(path)).size > longestFile) gaps.push({ what: own, reason: 'The file is larger than 64 MiB.' })
    else files.push({ path: own, text: await readFile(path, 'utf8') })
  }
  if (paths.length > mostFiles) gaps.push({ what: 'evidence', reason: `There are more than ${mostFiles} files.` })
  return { files, gaps }
}

/** One object, or a list of them, as `kubectl get -o json` writes it. */
function objectsIn({ text }: File): readonly unknown[] {
  if (!/^\s*\{/.test(text)) return []
  try {
    const parsed: unknown = JSON.parse(text)
    if (!isObject(parsed)) return []
    const kind = textAt(parsed, 'kind')
    if (!kind.endsWith('List')) return [parsed]
    // The API server's own lists do not say the kind with each item, as kubectl's do.
    return objectsAt(parsed, 'items').map((item) => ({ kind: kind.replace(/List$/, ''), ...item }))
  } catch {
    return []
  }
}

/** Records of the run that is reported on: a folder may hold those of many. */
function linesIn({ path, text }: File, name: string): readonly FoundLine[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const own = lines.filter((line) => isRecordLine(line) && line.includes(`"pipelineRun":${JSON.stringify(name)}`))
  return own.map((line) => ({ line, source: 'folder', place: path }))
}
