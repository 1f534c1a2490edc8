// Uploads one file of the workspace to Azure Storage and to S3. Role: Storage Blob Data Contributor; permission: s3:PutObject.
// params: file=<path in the workspace>, account=<storage account>, container=<name>, bucket=<name>
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

// Of Blob Storage; the requests below are as its reference and S3's have them [K].
const apiVersion = '2024-11-04'

const { file, account, container, bucket } = params
if (file === undefined || account === undefined || container === undefined || bucket === undefined)
  throw new Error('params lacks one of file, account, container, bucket')
const body = await readFile(join(workspace('source'), file))
const name = encodeURIComponent(basename(file))

const blob = `https://${account}.blob.core.windows.net/${container}/${name}`
const headers = { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': apiVersion }
const uploads = [
  await azure.fetch(blob, { method: 'PUT', headers, body }),
  await aws.fetch('s3', { url: `/${bucket}/${name}`, method: 'PUT', body }),
]
for (const answer of uploads) if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
result.set('url', blob)
