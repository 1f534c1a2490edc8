// Tells somebody by a webhook, without any credential of this run.
// params: url=<https://…>, text=<what to say>
const { url, text = 'done' } = params
if (url === undefined) throw new Error('params lacks url=…')

const answer = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ text }),
})
if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
