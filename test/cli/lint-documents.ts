/** A Pipeline that pushes an image and tells somebody. */
export const pipeline = `apiVersion: tekton.dev/v1
kind: Pipeline
metadata:
  name: release
spec:
  params:
    - name: tag
      type: string
    - name: more-tags
      type: array
  workspaces:
    - name: built
  tasks:
    - name: push
      taskRef:
        name: push-image
      params:
        - name: image
          value: "contoso.azurecr.io/shop/web:$(params.tag)"
        - name: tags
          value: ["$(params.more-tags[*])"]
        - name: path
          value: "out"
        - name: dry-run
          value: "false"
      workspaces:
        - name: source
          workspace: built
    - name: tell
      taskRef:
        name: tell-somebody
      params:
        - name: text
          value: "$(tasks.push.results.IMAGE_DIGEST)"
  results:
    - name: IMAGE
      value: "$(tasks.push.results.IMAGE_URL)"
`

/** A Pipeline that takes its Task from the project's bundle. */
export const bundled = pipeline.replace(
  'name: push-image\n',
  `resolver: bundles
        params:
          - { name: bundle, value: "ghcr.io/tekton-entra/tasks/push-image:0.1.0" }
          - { name: name, value: "push-image" }
          - { name: kind, value: "task" }
`,
)

/** A TaskRun. */
export const taskRun = `apiVersion: tekton.dev/v1
kind: TaskRun
metadata:
  generateName: push-
spec:
  taskRef:
    name: push-image
  params:
    - name: image
      value: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1.10"
    - name: tags
      value:
        - "1.10"
        - "latest"
    - name: wait-for-scan
      value: "high"
    - name: dry-run
      value: "true"
  workspaces:
    - name: source
      persistentVolumeClaim:
        claimName: built
`

/** A Task of somebody's own with two of our StepActions. */
export const ownTask = `apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: release-web
spec:
  params:
    - name: tag
      type: string
    - name: audience
      default: "api://AzureADTokenExchange"
  workspaces:
    - name: source
  results:
    - name: DIGEST
      value: "$(steps.push.results.IMAGE_DIGEST)"
  volumes:
    - name: entra-token
      projected:
        sources:
          - serviceAccountToken:
              audience: "api://AzureADTokenExchange"
              path: "token"
    - name: scratch
      emptyDir: {}
    - name: logins
      emptyDir:
        medium: "Memory"
  steps:
    - name: login
      ref:
        name: login-registries
      params:
        - name: registries
          value: ["contoso.azurecr.io/shop/web"]
        - name: token-volume
          value: "entra-token"
        - name: hand-over-volume
          value: "logins"
    - name: build
      image: "quay.io/buildah/stable:v1.40.0"
      script: |
        buildah build --tag "$(params.tag)" "$(workspaces.source.path)"
        test -n "$(cat /etc/os-release)"
    - name: push
      ref:
        name: push-image
      params:
        - name: image
          value: "contoso.azurecr.io/shop/web:$(params.tag)"
        - name: source-path
          value: "$(workspaces.source.path)"
        - name: token-volume
          value: "entra-token"
        - name: scratch-volume
          value: "scratch"
`
