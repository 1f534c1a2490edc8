import { styleText } from 'node:util'
import { showBytes } from '../../steps/lib/step/bytes.ts'
import type { LocalTaskResult } from './local-run/run-task.ts'
import type { Pulled } from './pull-back.ts'

/** How the tour shows what happens, at 80 columns. */
export type Stage = ReturnType<typeof createStage>

const columns = 80

const picture = `
  projected token ─▶ Entra token ─┬────────────▶ ACR token ──┐
  (kubelet, 1 hour)  (federated   │                          ├─▶ push ─┬▶ digest
                     credential)  └▶ AWS session ─▶ ECR token┘         └▶ record
`

/** Words that are not worth a line in a talk. */
const leftOut = /^(input +(path|identity|token-audience|azure-cloud|aws-region|dry-run|propagation-wait)|more )/

export function createStage(out: { write(text: string): unknown; readonly isTTY?: boolean }) {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    out.isTTY === true ? styleText(format, text) : text
  const line = (text = '') => out.write(`${text}\n`)
  const show = (text: string) => chunks(text).forEach((part) => line(part))
  const stderrOf = (result: LocalTaskResult) => (result.steps[0]?.stderr ?? '').trimEnd().split('\n')
  return {
    title: () => {
      line(style('bold', 'tekton-entra: from a pod’s own token to a pushed image, with no stored secret'))
      line(style('cyan', picture.trimEnd()))
      line()
      line('Entra, AWS STS, ECR and ACR are stand-ins inside this process, as strict as the')
      line('real ones. The Task’s own YAML runs the built step program against them.')
    },
    image: (digest: string) => {
      line()
      line('A fresh image for two platforms (amd64, arm64):')
      line(`  ${digest}`)
    },
    chapter: (number: number, title: string, ...lines: string[]) => {
      line()
      line(style('bold', `${'─'.repeat(3)} ${number}. ${title} ${'─'.repeat(Math.max(3, columns - title.length - 8))}`))
      for (const text of lines) line(text)
      line()
    },
    push: (result: LocalTaskResult) => {
      for (const text of stderrOf(result))
        if (!leftOut.test(text)) show(text.startsWith('done') ? style('green', text) : text)
      for (const name of ['IMAGE_URL', 'IMAGE_DIGEST'])
        line(`${name}\n${style('green', `         ${result.results[name] ?? ''}`)}`)
    },
    refusal: (result: LocalTaskResult) => {
      for (const text of stderrOf(result))
        if (!/^(step|input|image|digest)/.test(text)) show(text.startsWith('error') ? style('red', text) : text)
      line(style('red', `exit status ${result.steps[0]?.status}; nothing was pushed`))
    },
    pulled: (host: string, image: Pulled) => {
      line(host)
      line(style('green', `  ${image.digest}`))
      line(`  ${image.blobs} blobs, ${showBytes(image.bytes)}, every one as its digest says`)
    },
    record: (result: LocalTaskResult) => {
      const text = result.steps[0]?.stdout ?? ''
      const { id, data } = JSON.parse(text) as {
        id: string
        data: Record<string, Record<string, string> & string> & {
          tokens: { kind: string; id: string; expiresAt: string }[]
        }
      }
      line(`${style('bold', data['outcome'] ?? '')}  ${id}`)
      const rows = [
        ['who', `${data['identity']?.['subject']}`],
        ['as', actor(data['identity'] ?? {})],
        ['what', `${data['action']?.['target']}`],
        [
          'tokens',
          data.tokens.map(({ kind, id: token }) => `${kind}${token === '' ? '' : ` ${token.slice(0, 8)}…`}`).join(', '),
        ],
        ['error', data['error']?.['code'] ?? ''],
      ].filter(([, value]) => value !== '')
      for (const [name = '', value = ''] of rows) show(`  ${name.padEnd(7)}${value}`)
      line()
    },
    rawRecord: (result: LocalTaskResult) => {
      line('The last one as it stands on standard output:')
      for (const part of (result.steps[0]?.stdout ?? '').trimEnd().match(/.{1,80}/g) ?? []) line(style('dim', part))
    },
    report: (result: LocalTaskResult, page: string) => {
      for (const text of stderrOf(result))
        if (!/^(step|input|more)/.test(text)) show(text.startsWith('done') ? style('green', text) : text)
      line()
      line('Open it in a browser; the same in JSON lies beside it:')
      line(style('green', `  ${page}`))
    },
    leaks: (minted: number, leaks: readonly string[]) => {
      line(`${minted} tokens, passwords and keys were handed out. Found of them in logs, records,`)
      line('results, arguments, environment and files that a step has left behind:')
      line(leaks.length === 0 ? style('green', '  none') : leaks.join('\n'))
      if (leaks.length > 0) throw new Error('a secret leaked')
    },
    end: (milliseconds: number) => {
      line()
      line(
        `Done in ${(milliseconds / 1000).toFixed(1)} s; nothing is left running. Next: README.md, "Use it on a cluster".`,
      )
    },
  }
}

function actor(identity: Readonly<Record<string, string>>): string {
  const { awsSession, objectId } = identity
  if (awsSession !== undefined) return awsSession
  return objectId === undefined ? 'nobody: refused' : `service principal ${objectId}`
}

/** A long line in parts that fit, the further ones where the log's own texts begin. */
function chunks(text: string): string[] {
  if (text.length <= columns) return [text]
  const rest = text.slice(columns).match(/.{1,71}/g) ?? []
  return [text.slice(0, columns), ...rest.map((part) => `         ${part}`)]
}
