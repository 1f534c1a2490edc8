/** ECR Public is served from here only, whichever region its users are in (ECR Public API reference). */
export const ecrPublicRegion = 'us-east-1'
