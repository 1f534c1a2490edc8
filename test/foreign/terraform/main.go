// Asks for a token and for a session as Terraform's and OpenTofu's providers do: by HashiCorp's own libraries, with what the providers azurerm and
// aws read from the environment and hand to them. The providers themselves take an hour to build. Of secrets it tells the hash.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"time"

	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
)

func main() {
	ask := map[string]func(context.Context) (map[string]string, error){"azurerm": azurerm, "aws": aws}[os.Args[1]]
	answer, err := ask(context.Background())
	if err != nil {
		answer = map[string]string{"error": err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		panic(err)
	}
}

// As the provider's internal/provider/provider.go and internal/clients/builder.go do it, for Azure Resource Manager.
func azurerm(ctx context.Context) (map[string]string, error) {
	environment := environments.AzurePublic()
	authorizer, err := auth.NewAuthorizerFromCredentials(ctx, auth.Credentials{
		Environment:                              *environment,
		ClientID:                                 os.Getenv("ARM_CLIENT_ID"),
		TenantID:                                 os.Getenv("ARM_TENANT_ID"),
		EnableAuthenticatingUsingManagedIdentity: os.Getenv("ARM_USE_MSI") == "true",
		CustomManagedIdentityEndpoint:            os.Getenv("ARM_MSI_ENDPOINT"),
		CustomManagedIdentityAPIVersion:          os.Getenv("ARM_MSI_API_VERSION"),
	}, environment.ResourceManager)
	if err != nil {
		return nil, err
	}
	token, err := authorizer.Token(ctx, nil)
	if err != nil {
		return nil, err
	}
	return map[string]string{"sha256": hashed(token.AccessToken), "expiresAt": token.Expiry.UTC().Format(time.RFC3339)}, nil
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
