// Calls a Lambda function and waits for its answer. Permission: lambda:InvokeFunction.
// params: function=<name or ARN>, payload=<JSON>
// Of Lambda; the request below is as its reference has it [K].
const apiVersion = '2015-03-31'

const { function: name, payload = '{}' } = params
if (name === undefined) throw new Error('params lacks function=…')

const answer = await aws.fetch('lambda', {
  url: `/${apiVersion}/functions/${encodeURIComponent(name)}/invocations`,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: payload,
})
const text = await answer.text()
// A function that throws still answers 200.
if (!answer.ok || answer.headers.has('x-amz-function-error')) throw new Error(`HTTP ${answer.status}: ${text}`)
result.set('json', text)
