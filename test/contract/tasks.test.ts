import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkTask } from '../../steps/lib/catalog/check-task.ts'
import { isStepAction } from '../../steps/lib/step/define-step.ts'
import { version } from '../../steps/lib/core/version.ts'
import manifest from '../../package.json' with { type: 'json' }
import { allSteps, published, readTask, root, taskNames } from './repository.ts'
import { spoiltBrokered, spoiltBrokeredTasks } from './spoilt-brokered-tasks.ts'
import { spoiltTask, spoiltTasks } from './spoilt-tasks.ts'

const contract = { steps: allSteps, published: published() }

test('every folder of steps/ but lib and cli is a step or a sidecar that the image carries', () => {
  const folders = readdirSync(`${root}/steps`, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !['lib', 'cli'].includes(entry.name),
  )
  const rooms = [...allSteps.values()].filter((step) => isStepAction(step) || step.sidecar === true)
  expect(folders.map(({ name }) => name)).toEqual(rooms.map(({ name }) => name))
})

test('the version that records name is the package version', () => {
  expect(version).toBe(manifest.version)
})

test.each(taskNames())('the Task %s calls its steps as they declare themselves', (name) => {
  const task = readTask(name)
  expect(task.metadata.name).toBe(name)
  expect(checkTask(task, contract)).toEqual([])
})

describe('a spoilt Task is caught', () => {
  test.each(spoiltTasks)('$what', ({ spoil, fault }) => {
    expect(checkTask(spoiltTask(spoil), contract).join('\n')).toMatch(fault)
  })

  test.each(spoiltBrokeredTasks)('$what', ({ spoil, fault }) => {
    expect(checkTask(spoiltBrokered(spoil), contract).join('\n')).toMatch(fault)
  })
})
