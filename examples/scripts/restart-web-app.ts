// Restarts a web app of App Service. Role: Website Contributor.
// params: site=<resource id of the web app>
// Of Microsoft.Web; the requests below are as its reference has them [K].
const apiVersion = '2024-04-01'

const { site } = params
if (site === undefined) throw new Error('params lacks site=<resource id>')

const answer = await azure.fetch(`https://management.azure.com${site}/restart?api-version=${apiVersion}`, {
  method: 'POST',
})
if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
record.note(`restarted ${site}`)
