// Asks for a token and for a session as the providers azurerm, azapi and aws of Terraform and OpenTofu do, and their state backends: by the libraries
// that these use, with what they read from the environment and hand to them. The providers themselves take an hour to build. Of secrets it
// tells the hash.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
)

func main() {
	ask := map[string]func(context.Context) (map[string]string, error){"azurerm": azurerm, "azapi": azapi, "aws": aws}[os.Args[1]]
	answer, err := ask(context.Background())
	if err != nil {
		answer = map[string]string{"error": err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		panic(err)
	}
}

// As the provider's internal/provider/provider.go and internal/clients/auth.go do it: a token for Microsoft Graph first, to see who it is, then Azure
// Resource Manager.
func azurerm(ctx context.Context) (map[string]string, error) {
	environment := environments.AzurePublic()
	credentials := auth.Credentials{
		Environment:                              *environment,
		ClientID:                                 os.Getenv("ARM_CLIENT_ID"),
		TenantID:                                 os.Getenv("ARM_TENANT_ID"),
		EnableAuthenticatingUsingManagedIdentity: os.Getenv("ARM_USE_MSI") == "true",
		CustomManagedIdentityEndpoint:            os.Getenv("ARM_MSI_ENDPOINT"),
		CustomManagedIdentityAPIVersion:          os.Getenv("ARM_MSI_API_VERSION"),
	}
	var answer map[string]string
	for _, api := range []environments.Api{environment.MicrosoftGraph, environment.ResourceManager} {
		authorizer, err := auth.NewAuthorizerFromCredentials(ctx, credentials, api)
		if err != nil {
			return nil, err
		}
		token, err := authorizer.Token(ctx, nil)
		if err != nil {
			return nil, err
		}
		answer = map[string]string{"sha256": hashed(token.AccessToken), "expiresAt": token.Expiry.UTC().Format(time.RFC3339)}
	}
	return answer, nil
}

// As azapi does it, and OpenTofu's backend azurerm: by Azure's own SDK, which finds the endpoint by itself.
func azapi(ctx context.Context) (map[string]string, error) {
	options := azidentity.ManagedIdentityCredentialOptions{}
	if id := os.Getenv("ARM_CLIENT_ID"); id != "" {
		options.ID = azidentity.ClientID(id)
	}
	credential, err := azidentity.NewManagedIdentityCredential(&options)
	if err != nil {
		return nil, err
	}
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://management.azure.com/.default"}})
	if err != nil {
		return nil, err
	}
	return map[string]string{"sha256": hashed(token.Token), "expiresAt": token.ExpiresOn.UTC().Format(time.RFC3339)}, nil
}

// As the provider's internal/conns/config.go and the backend s3 do it; the library itself asks who it is.
func aws(ctx context.Context) (map[string]string, error) {
	config := awsbase.Config{Region: os.Getenv("AWS_REGION"), CallerName: "the test", CallerDocumentationURL: "https://example.com"}
	ctx, configured, diagnostics := awsbase.GetAwsConfig(ctx, &config)
	for _, diagnostic := range diagnostics {
		return map[string]string{"error": diagnostic.Summary() + ": " + diagnostic.Detail()}, nil
	}
	credentials, err := configured.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	account, partition, diagnostics := awsbase.GetAwsAccountIDAndPartition(ctx, configured, &config)
	for _, diagnostic := range diagnostics {
		return map[string]string{"error": diagnostic.Summary() + ": " + diagnostic.Detail()}, nil
	}
	return map[string]string{
		"account": account, "partition": partition, "source": credentials.Source, "key": credentials.AccessKeyID,
		"sha256": hashed(credentials.SessionToken),
	}, nil
}

func hashed(secret string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(secret)))
}
