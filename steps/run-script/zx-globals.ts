import {
  $,
  cd,
  chalk,
  echo,
  expBackoff,
  Fail,
  fs,
  glob,
  log,
  os,
  path,
  ProcessOutput,
  quote,
  retry,
  sleep,
  which,
  within,
  YAML,
} from 'zx'
import { ShellAbsent } from './script-failure.ts'
import type { ZxName } from './zx-names.ts'

/** zx, as a script finds it. Where the image has no shell `$` throws {@link ShellAbsent}. */
export function zxGlobals(hasShell: boolean): Readonly<Record<ZxName, unknown>> {
  // What it prints of a command would be coloured character by character, where a script asks for colours: no credential could be found in it.
  log.formatters = { cmd: ({ cmd }) => `$ ${cmd}\n` }
  // zx looks for a file; the script is none. Without its line nobody knows which command failed.
  Fail.getCallerLocationFromString = (stack = '') => /script:\/\/\/[^\s)]+/.exec(stack)?.[0] ?? 'the script'
  const shell = hasShell
    ? $
    : new Proxy($, { apply: refuse, get: (target, key) => (key === 'sync' ? refuse() : Reflect.get(target, key)) })
  const given = { cd, within, echo, glob, fs, path, os, YAML, chalk, sleep, retry, expBackoff, which, quote }
  return { $: shell, ...given, ProcessOutput }
}

function refuse(): never {
  throw new ShellAbsent()
}
