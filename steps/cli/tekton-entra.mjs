#!/usr/bin/env node
// The `bin`: finds a Node that can run the command line, and stays out of its way. It prints nothing but its own failure.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const wantedMajor = 24
/** `EX_UNAVAILABLE` of sysexits: this machine lacks what the program needs. */
const unavailable = 69
/** Packed, the program is JavaScript beside this file; in the checkout it is TypeScript, which Node ≥ 24 runs as it is. */
const entry = ['./cli.js', '../cli.ts'].map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url))

if (Number(process.versions.node.split('.')[0]) >= wantedMajor) await import(entry.href)
else runOn(pinnedNode())

/** The Node that the package brings for this machine. */
function pinnedNode() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    return giveUp(`this is ${process.version}, and the package brings no Node for ${process.platform}-${process.arch}`)
  }
}

function giveUp(reason) {
  process.stderr.write(`tekton-entra needs Node ${wantedMajor} or newer: ${reason}. Install it, then try again.\n`)
  process.exit(unavailable)
}

/** Standard streams are the child's own; the channel is there so that the child ends when this process is killed outright. */
function runOn(node) {
  const args = [fileURLToPath(entry), ...process.argv.slice(2)]
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP']
  const passOn = (signal) => child.kill(signal)
  for (const signal of signals) process.on(signal, passOn)
  child.on('error', (error) => giveUp(`the one that the package brings does not start (${error.message})`))
  child.on('exit', (code, signal) => {
    for (const name of signals) process.off(name, passOn)
    if (signal === null) process.exit(code)
    // Whoever waits for this process sees the same end; the number is for signals that do not end it.
    process.kill(process.pid, signal)
    process.exitCode = 128 + constants.signals[signal]
  })
}
