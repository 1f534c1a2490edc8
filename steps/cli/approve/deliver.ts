import { spawn } from 'node:child_process'
import { staleKeys } from '../../lib/approval/approval-answer.ts'
import type { ApprovalRequest } from '../../lib/approval/approval-request.ts'
import { CliError, exits } from '../cli-error.ts'
import { objectOf } from '../../lib/core/loose-json.ts'

/** An answer on its way into the run's ConfigMap, by the user's own kubectl and login. */
export type Delivery = {
  readonly request: ApprovalRequest
  readonly key: string
  readonly answer: string
  readonly context: string | undefined
  readonly env: NodeJS.ProcessEnv
}

/** The merge patch (RFC 7396) that puts the answer there, and takes away those that nobody waits for any more. */
export function patchOf(key: string, answer: string, stale: readonly string[] = []): string {
  return JSON.stringify({ data: { ...Object.fromEntries(stale.map((one) => [one, null])), [key]: answer } })
}

/** Puts it there. Throws CliError with what kubectl says. */
export async function deliver({ request, key, answer, context, env }: Delivery): Promise<void> {
  const { configMap, run } = request
  const place = [...(context === undefined ? [] : ['--context', context]), '--namespace', run.namespace]
  const found = await kubectl([...place, 'get', 'configmap', configMap, '--output', 'json'], env)
  const stale = staleKeys(dataOf(found), Date.now())
  const patch = patchOf(key, answer, stale)
  await kubectl([...place, 'patch', 'configmap', configMap, '--type', 'merge', '--patch', patch], env)
}

function dataOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(text)
    return objectOf(objectOf(found)['data'])
  } catch {
    return {}
  }
}

async function kubectl(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('kubectl', args, { env, stdio: ['inherit', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).catch((error: unknown) => {
    throw new CliError([`kubectl could not be started: ${error instanceof Error ? error.message : String(error)}`], {
      exit: exits.unavailable,
      remedy: 'install kubectl, or hand the answer on by --print',
    })
  })
  if (code === 0) return texts.stdout
  throw new CliError(
    [`kubectl ${args.includes('patch') ? 'patch' : 'get'} ended with ${code}: ${texts.stderr.trim()}`],
    {
      exit: exits.unavailable,
      remedy:
        'you need the Role of samples/role.yaml for approvers, in the namespace of the run; or hand the answer on by --print',
    },
  )
}
