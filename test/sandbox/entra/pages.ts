import type { ServerResponse } from 'node:http'
import { escapeHtml } from '../../../steps/lib/core/escape-html.ts'

/** Answers with a page for people: as little HTML as does the work, and no script. */
export function answerPage(response: ServerResponse, page: { status: number; title: string; body: string }): void {
  const title = escapeHtml(page.title)
  const html = `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>\n<body><h1>${title}</h1>\n${page.body}\n</body></html>\n`
  response.writeHead(page.status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': String(Buffer.byteLength(html)),
    'cache-control': 'no-store, no-cache',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  response.end(html)
}

/** A form that sends these fields, with a button that says what it does. */
export function hiddenForm(options: {
  action: string
  fields: Iterable<readonly [string, string]>
  button: string
}): string {
  const inputs = [...options.fields].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  return `<form method="post" action="${escapeHtml(options.action)}">${inputs.join('')}<button>${escapeHtml(options.button)}</button></form>`
}
