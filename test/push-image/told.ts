import { expect } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import type { FrontDoor, FrontDoorResult } from './front-door.ts'

const wordWidth = 9

/** What standard error says under one word (`cause`, `sent`, …): a text for each entry, its further lines after `\n`. */
export function told(stderr: string, word: string): string[] {
  const entries: { word: string; text: string }[] = []
  for (const line of stderr.split('\n')) {
    const last = entries.at(-1)
    if (last !== undefined && line.startsWith(' '.repeat(wordWidth))) last.text += `\n${line.slice(wordWidth)}`
    else entries.push({ word: line.slice(0, wordWidth).trim(), text: line.slice(wordWidth) })
  }
  return entries.filter((entry) => entry.word === word).map((entry) => entry.text)
}

/** The same as prose: without the line ends that wrapping put in. */
export function toldProse(stderr: string, word: string): string {
  return told(stderr, word).join(' ').replace(/\s+/g, ' ')
}

/** The faults of the inputs, each on one line. */
export function faultsOf({ step }: Pick<FrontDoorResult, 'step'>): string[] {
  return told(step.stderr, 'fault').map((text) => text.replace(/\s+/g, ' '))
}

/** The commands of a remedy as a shell would read them: continued lines joined. */
export function commands(remedy: string): string[] {
  const lines = remedy.replace(/ \\\n +/g, ' ').split('\n')
  return lines.filter((line) => /^(az|aws|curl|kubectl) /.test(line))
}

/** What a failed run must look like, whatever the code: standard error, exit status, record, results and remedy agree. */
export function expectEnd({ step, record, results }: FrontDoorResult, code: ErrorCode, exit: number): void {
  const outcome = { 77: 'refused', 143: 'cancelled' }[exit] ?? 'failed'
  expect(told(step.stderr, 'error')).toEqual([`${code}   ${String(record.data.action['name'])}`])
  expect({ exit: step.programStatus, code: record.data.error?.code, outcome: record.data.outcome }).toEqual({
    exit,
    code,
    outcome,
  })
  expect(results).toEqual({})
  // A value that a call site forgot would stand there as `<name>`.
  expect(told(step.stderr, 'what').concat(told(step.stderr, 'remedy')).join('\n')).not.toMatch(/<[a-z][a-z -]*>/)
  expect(told(step.stderr, 'more')).toEqual([
    expect.stringMatching(new RegExp(`TROUBLESHOOTING\\.md#${code.toLowerCase()}$`)),
  ])
}

/** No tag and not the door's image in either registry of the example. */
export function expectNothingPushed(door: FrontDoor): void {
  for (const host of [example.acrHost, example.ecrHost]) {
    const repository = repositoryState(door.sandbox.world, host, example.repository)
    expect(repository.tags()).toEqual([])
    expect(repository.manifest(door.digest)).toBeUndefined()
  }
}

/** Those of the requests that the pattern fits, so that attempts can be counted. */
export function only(requests: readonly string[], pattern: RegExp): string[] {
  return requests.filter((request) => pattern.test(request))
}
