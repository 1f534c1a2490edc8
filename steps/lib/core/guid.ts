/** A GUID as Entra writes ids of tenants, applications and objects, in either case. */
export const guid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/
