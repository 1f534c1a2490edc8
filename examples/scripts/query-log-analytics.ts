// Asks a Log Analytics workspace for one number. Role: Log Analytics Reader.
// params: workspace=<workspace id>, query=<KQL>, timespan=<ISO 8601, such as PT1H>
// Of the Log Analytics query API; the request below is as its reference has it [K].
const apiVersion = 'v1'

const { workspace: id, query, timespan = 'PT1H' } = params
if (id === undefined || query === undefined) throw new Error('params lacks workspace=… or query=…')

const answer = await azure.fetch(`https://api.loganalytics.io/${apiVersion}/workspaces/${id}/query`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query, timespan }),
})
if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
const { tables } = (await answer.json()) as { tables: { rows: (string | number)[][] }[] }
const first = tables[0]?.rows[0]?.[0]
if (first === undefined) throw new Error('the query found nothing')
result.set('value', String(first))
