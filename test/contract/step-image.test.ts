import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkTask } from '../../steps/lib/catalog/check-task.ts'
import type { Task } from '../../steps/lib/catalog/task.ts'
import { version } from '../../steps/lib/core/version.ts'
import { objectsOf } from './examples.ts'
import { allSteps, published, readTask, root, shellImage } from './repository.ts'
import { present, spoiltCopy, type Spoilt } from './spoilt.ts'

const contract = { steps: allSteps, published: published() }

describe('a step whose image is a param', () => {
  const param = ({ spec }: Parameters<Spoilt<Task>['spoil']>[0]) =>
    present(spec.params?.find(({ name }) => name === 'step-image'))
  const spoilt: readonly Spoilt<Task>[] = [
    {
      what: 'its Task names an image itself',
      spoil: ({ spec }) => (present(spec.steps[0]).image = contract.published.image),
      fault: /step "run" runs the image ghcr\.io\S+, not \$\(params\.step-image\)/,
    },
    {
      what: 'its Task runs another image when none is named',
      spoil: (task) => (param(task).default = shellImage()),
      fault: /step "run" needs the param "step-image" with the default ghcr\.io\/tekton-entra\/steps:/,
    },
    {
      what: 'its Task says other words of it',
      spoil: (task) => (param(task).description = 'Any image.'),
      fault: /step "run" needs the param "step-image"/,
    },
    {
      what: 'a step of the user’s own takes it',
      spoil: ({ spec }) => (present(spec.steps[0]).command = ['/bin/sh']),
      fault: /step "run" calls "", which is no step of this repository/,
    },
    {
      what: 'its Task has no such param',
      spoil: ({ spec }) => (spec.params = present(spec.params).filter(({ name }) => name !== 'step-image')),
      fault: /\$\(params\.step-image\) is used but not declared/,
    },
  ]

  test.each(spoilt)('is caught when $what', ({ spoil, fault }) => {
    expect(checkTask(spoiltCopy(readTask('run-script'), spoil), contract).join('\n')).toMatch(fault)
  })

  test('its StepAction has that param, with the image of images/lock.yaml', () => {
    const [action] = objectsOf('steps/run-script/run-script.yaml') as unknown as readonly {
      spec: { image: string; params: object[] }
    }[]
    expect(action?.spec.image).toBe('$(params.step-image)')
    expect(action?.spec.params).toContainEqual(
      expect.objectContaining({ name: 'step-image', default: contract.published.image }),
    )
  })
})

test('what people read names the image with a shell as images/lock.yaml does', () => {
  const texts = ['tasks/run-script/README.md', 'TROUBLESHOOTING.md'].map((name) =>
    readFileSync(`${root}/${name}`, 'utf8'),
  )
  const [image = ''] = shellImage().split(':')
  for (const text of texts) expect(text).toContain(image)
  expect(texts[0]).toContain(shellImage())
  const containerfile = readFileSync(`${root}/images/steps-shell/Containerfile`, 'utf8')
  expect(containerfile).toContain(`ARG BASE=${published().image.split(':')[0]}:${version}\n`)
})
