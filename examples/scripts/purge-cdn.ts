// Takes paths out of the caches of Azure Front Door, and waits until they are gone. Role: CDN Endpoint Contributor.
// params: endpoint=<resource id of the endpoint (afdEndpoints)>, paths=<paths, with commas between>
// Of Microsoft.Cdn; the requests below are as its reference has them [K].
const apiVersion = '2024-02-01'

const { endpoint, paths = '/*' } = params
if (endpoint === undefined) throw new Error('params lacks endpoint=<resource id>')

const begun = await azure.fetch(`https://management.azure.com${endpoint}/purge?api-version=${apiVersion}`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ contentPaths: paths.split(',') }),
})
await azure.poll(begun)
