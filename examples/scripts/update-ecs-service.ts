// Starts a new deployment of an ECS service, which pulls its image anew. Permission: ecs:UpdateService.
// params: cluster=<name>, service=<name>
// Of ECS; the request below is as its reference has it [K].
const apiVersion = 'AmazonEC2ContainerServiceV20141113'

const { cluster, service } = params
if (cluster === undefined || service === undefined) throw new Error('params lacks cluster=… or service=…')

const answer = await aws.fetch('ecs', {
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `${apiVersion}.UpdateService`,
  },
  body: JSON.stringify({ cluster, service, forceNewDeployment: true }),
})
if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
const updated = (await answer.json()) as { service: { deployments: { id: string; status: string }[] } }
const primary = updated.service.deployments.find(({ status }) => status === 'PRIMARY')
result.set('id', primary?.id ?? '')
