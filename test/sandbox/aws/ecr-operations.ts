import { classicEcrHost } from '../registry/ecr-hosts.ts'
import { ACCOUNT_ID, textList } from './ecr-input.ts'
import { batchDeleteImage, batchGetImage, describeImages, listImages } from './ecr-images.ts'
import { batchCheckLayerAvailability, completeLayerUpload, initiateLayerUpload, uploadLayerPart } from './ecr-layers.ts'
import { makePassword } from './ecr-password.ts'
import { deleteRepositoryPolicy, getRepositoryPolicy, setRepositoryPolicy } from './ecr-policies.ts'
import { putImage } from './ecr-put-image.ts'
import { createRepository, deleteRepository, describeRepositories, putImageTagMutability } from './ecr-repositories.ts'
import { describeImageScanFindings, describeImageSigningStatus, startImageScan } from './ecr-scans.ts'
import { describeRepositoryCreationTemplates, getAccountSetting, putAccountSetting } from './ecr-settings.ts'
import { authorize } from './json-operation.ts'
import type { JsonOperation } from './json-operation.ts'

/** Makes a registry password, good in this region until 12 hours are over or the session ends. */
const getAuthorizationToken: JsonOperation = (world, call) => {
  const { session, region } = call
  // Deprecated, and still accepted: the password is good for every registry that the caller may use.
  const registries = textList(call.input, 'registryIds', ACCOUNT_ID, 10)
  authorize(world, call, { action: 'ecr:GetAuthorizationToken', resource: '*' })
  const { password, authorizationToken, expiresAt } = makePassword(world, session)
  world.ecrPasswords.set(password, { ...session, ecrRegion: region, passwordExpiresAt: expiresAt })
  return {
    authorizationData: (registries.length > 0 ? registries : [session.accountId]).map((account) => ({
      authorizationToken,
      expiresAt: expiresAt / 1000,
      proxyEndpoint: `https://${classicEcrHost({ account, region })}`,
    })),
  }
}

/** The operations that the sandbox answers; any other is an UnknownOperationException. */
export const ECR_OPERATIONS: Readonly<Record<string, JsonOperation>> = {
  GetAuthorizationToken: getAuthorizationToken,
  DescribeRepositories: describeRepositories,
  CreateRepository: createRepository,
  DeleteRepository: deleteRepository,
  PutImageTagMutability: putImageTagMutability,
  GetRepositoryPolicy: getRepositoryPolicy,
  SetRepositoryPolicy: setRepositoryPolicy,
  DeleteRepositoryPolicy: deleteRepositoryPolicy,
  GetAccountSetting: getAccountSetting,
  PutAccountSetting: putAccountSetting,
  DescribeRepositoryCreationTemplates: describeRepositoryCreationTemplates,
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  InitiateLayerUpload: initiateLayerUpload,
  UploadLayerPart: uploadLayerPart,
  CompleteLayerUpload: completeLayerUpload,
  PutImage: putImage,
  BatchGetImage: batchGetImage,
  BatchDeleteImage: batchDeleteImage,
  ListImages: listImages,
  DescribeImages: describeImages,
  StartImageScan: startImageScan,
  DescribeImageScanFindings: describeImageScanFindings,
  DescribeImageSigningStatus: describeImageSigningStatus,
}
