#!/usr/bin/env node
// Stands for kubectl in tests: get and patch of a ConfigMap, as the person whose token the environment has.
import { readFileSync } from 'node:fs'
import https from 'node:https'

const args = process.argv.slice(2)
const after = (name) => args[args.indexOf(name) + 1]
const verb = ['get', 'patch'].find((one) => args.includes(one))
const path = `/api/v1/namespaces/${after('--namespace')}/configmaps/${after('configmap')}`
const request = https.request(
  {
    host: '127.0.0.1',
    port: process.env.TEST_API_PORT,
    path,
    method: verb === 'patch' ? 'PATCH' : 'GET',
    servername: 'kubernetes.default.svc',
    ca: readFileSync(process.env.TEST_API_CA),
    headers: {
      authorization: `Bearer ${process.env.TEST_API_TOKEN}`,
      ...(verb === 'patch' ? { 'content-type': 'application/merge-patch+json' } : {}),
    },
  },
  (response) => {
    const stream = response.statusCode === 200 ? process.stdout : process.stderr
    process.exitCode = response.statusCode === 200 ? 0 : 1
    response.pipe(stream)
  },
)
request.end(verb === 'patch' ? after('--patch') : undefined)
