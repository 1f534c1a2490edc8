import { defineErrors } from './row.ts'

/** What can go wrong with a script of the user's own. */
export const scriptRows = defineErrors({
  SCRIPT_UNUSABLE: {
    exit: 64,
    retry: 'never',
    what: 'The script <script> cannot be taken: <reason>. Nothing was done.',
    remedy:
      'script-file is a path inside the workspace source, to a plain file of at most 100 KB of UTF-8. What is longer belongs into an image of its own.',
  },
  SCRIPT_INVALID: {
    exit: 64,
    retry: 'never',
    what: 'The script cannot be read as TypeScript, at <place>: <reason>. Nothing of it was run.',
    remedy:
      'Correct that line. Types are taken away and nothing is translated: no enum, no namespace, no parameter property. Tekton changes $$ and $( in the param script: keep longer scripts in a file or a ConfigMap.',
  },
  SCRIPT_FAILED: {
    exit: 70,
    retry: 'never',
    what: 'The script threw, at <place>: <reason>',
    remedy:
      'Look at that line. What the script had done before, it has done: the record says which tokens it was given. A script that may be run again should find out first what is left to do.',
  },
  SCRIPT_EXITED: {
    exit: 70,
    retry: 'never',
    what: 'The script <script> ended before it was done: <how>.',
    remedy:
      'An exit status is the script’s own (process.exit). Status 13 means that it waits for something that never comes; a signal is often the memory limit of the step.',
  },
  SCRIPT_SHELL_ABSENT: {
    exit: 64,
    retry: 'never',
    what: 'The script starts a program with $, at <place>, and this image has no shell. No program was started.',
    remedy:
      'Give the param image the variant with a shell and git, ghcr.io/tekton-entra/steps-shell of the same version, or what your registry calls it. What a script does without $ needs no shell: fetch, fs, glob, YAML.',
  },
  SCRIPT_SECRET_SHOWN: {
    exit: 77,
    retry: 'never',
    what: 'The script <script> gave a credential of this run to <place>. It was ended there, and no result was written.',
    remedy:
      'Results and records can be read by everybody who may see the run. Give on what a later step needs, not what opens it: a later step gets a token of its own from its pod.',
  },
  SCRIPT_HOST_UNKNOWN: {
    exit: 77,
    retry: 'never',
    what: 'No credential is sent to <host>: <reason>. The request was not sent.',
    remedy:
      'For an API of your own name the Entra resource that it takes tokens of: azure.fetch(url, { resource: "api://orders" }). For an address that needs no token of this identity take fetch.',
  },
  SCRIPT_CLOUD_CLOSED: {
    exit: 77,
    retry: 'never',
    what: 'The script asked for <cloud>, which this run does not open to it.',
    remedy:
      'The param clouds says where a script may act; without it that is where the identity profile has somebody to act as: tenant-id and client-id for azure, aws-role-arn and aws-region for aws.',
  },
  SCRIPT_THROTTLED: {
    exit: 75,
    retry: 'transient',
    what: '<host> asked to come again later (HTTP <status>).',
    remedy: 'It is asked again within the time limit of the step; after that the script gets the answer as it is.',
  },
})
