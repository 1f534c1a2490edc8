// Starts a job of Container Apps. Role: Container Apps Jobs Operator.
// params: job=<resource id of the job>
// Of Microsoft.App; the requests below are as its reference has them [K].
const apiVersion = '2024-03-01'

const { job } = params
if (job === undefined) throw new Error('params lacks job=<resource id>')

const begun = await azure.fetch(`https://management.azure.com${job}/start?api-version=${apiVersion}`, {
  method: 'POST',
})
const started = await azure.poll(begun)
const { name } = (await started.json()) as { name: string }
// Of the execution: the job goes on when this script is done.
result.set('id', name)
