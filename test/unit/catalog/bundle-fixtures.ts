import { readFileSync } from 'node:fs'
import { root } from '../../contract/repository.ts'

/** The two objects of the repository that a bundle is made of, as their files are. */
export const pushImageTask = readFileSync(`${root}/tasks/push-image/push-image.yaml`, 'utf8')
export const pushImageStepAction = readFileSync(`${root}/steps/push-image/push-image.yaml`, 'utf8')

/** A small Pipeline of this name, as what was parsed. */
export function pipeline(name: string): Readonly<Record<string, unknown>> {
  const task = { name: 'push', taskRef: { name: 'push-image' } }
  return { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', metadata: { name }, spec: { tasks: [task] } }
}
