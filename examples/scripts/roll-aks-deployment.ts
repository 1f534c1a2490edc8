// Restarts the pods of a deployment, by AKS's own command runner: also on a private cluster. Role: Azure Kubernetes Service
// Contributor, or one with Microsoft.ContainerService/managedClusters/runcommand/action and …/commandResults/read.
// params: cluster=<resource id>, namespace=<name>, deployment=<name>
// Of Microsoft.ContainerService; the requests below are as its reference has them [K].
const apiVersion = '2024-09-01'

const { cluster, namespace, deployment } = params
if (cluster === undefined) throw new Error('params lacks cluster=<resource id>')
// They become part of a command line.
for (const name of [namespace, deployment])
  if (name === undefined || !/^[a-z0-9-]+$/.test(name)) throw new Error(`not a Kubernetes name: ${name}`)

const begun = await azure.fetch(`https://management.azure.com${cluster}/runCommand?api-version=${apiVersion}`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ command: `kubectl rollout restart deployment/${deployment} -n ${namespace}` }),
})
const ended = await azure.poll(begun)
const { properties } = (await ended.json()) as { properties: { exitCode: number; logs: string } }
console.log(properties.logs)
if (properties.exitCode !== 0) throw new Error(`kubectl ended with ${properties.exitCode}`)
