import type { Decision } from '../../lib/approval/approval-request.ts'
import type { Command } from '../command.ts'
import { approveOptions, runApprove } from '../run-approve.ts'

/** A person's answer to a run that waits in the step await-approval: a command for each decision, as nobody shall take one for the other. */
export function answerCommand(decision: Decision): Command {
  const [first = '', ...rest] = decision
  return {
    name: decision,
    summary: `${first.toUpperCase()}${rest.join('')} a run that waits for it: sign in to Entra, and hand the answer to the run.`,
    usage: 'REQUEST [options]',
    positionals: { least: 1, most: 1 },
    options: approveOptions,
    details: [
      'REQUEST is the long word that the step has printed. It is no secret, and nothing in it is true for standing there: read the run, the image and the moment that are shown, and compare them with what you know.',
      'You sign in at Entra by the browser. The ID token that comes of it says your decision on this run, is good for nothing else, and is sealed for the pod that waits before it leaves this machine.',
      'The answer goes by your own kubectl into a ConfigMap of the run’s namespace. HTTPS_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS hold.',
      'Whether you may is decided by the run. Exit status 0: the answer is there; 64 a wrong call; 75 Entra or kubectl did not take it.',
    ],
    examples: [
      `npx tekton-entra ${decision} eyJ2IjoxLC…`,
      `npx tekton-entra ${decision} eyJ2IjoxLC… --print > patch.json`,
    ],
    run: async (given, host) => await runApprove(decision, given, host),
  }
}
