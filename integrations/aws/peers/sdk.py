"""Signs requests with botocore, and sends requests with Anthropic's Python SDK.

    sdk.py sign   reads a JSON list of requests, and prints the list of their signatures
    sdk.py send   reads a JSON list of [host, url, model], sends "Hello" twice with each client, the second time as a
                  stream, and prints the answers
"""

import base64
import json
import sys

AWS = {
    "aws_access_key": "AKIDEXAMPLE",
    "aws_secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "aws_session_token": "EXAMPLETOKEN",
    "aws_region": "us-east-1",
}


def signature(request):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    keys = Credentials(AWS["aws_access_key"], AWS["aws_secret_key"], AWS["aws_session_token"])
    signer = SigV4Auth(keys, request["service"], AWS["aws_region"])
    body = base64.b64decode(request["body"])
    signed = AWSRequest(method=request["method"], url=request["url"], headers=request["headers"], data=body)
    # The time is that of the request.
    signed.context["timestamp"] = request["headers"]["x-amz-date"]
    names = signer.signed_headers(signer.headers_to_sign(signed))
    text = signer.string_to_sign(signed, signer.canonical_request(signed))
    scope = f"{AWS['aws_access_key']}/{signer.credential_scope(signed)}"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signer.signature(text, signed)}"


def client(host, url):
    import anthropic

    common = {"base_url": url, "max_retries": 0}
    if host == "bedrock":
        return anthropic.AnthropicBedrock(**AWS, **common)
    if host == "bedrock-mantle":
        return anthropic.AnthropicBedrockMantle(**AWS, **common)
    if host == "aws-external-anthropic":
        return anthropic.AnthropicAWS(workspace_id="wrkspc_1", **AWS, **common)
    if host == "vertex":
        return anthropic.AnthropicVertex(
            project_id="mock-project", region="global", access_token="google-token", **common
        )
    if host == "google-cloud":
        return anthropic.AnthropicGoogleCloud(
            project="mock-project", workspace_id="wrkspc_mock", token_provider=lambda: "google-token", **common
        )
    if host == "foundry":
        return anthropic.AnthropicFoundry(api_key="azure-key", **common)
    raise SystemExit(f"unknown host {host}")


def send(host, url, model):
    options = {
        "model": model,
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hello"}],
        "extra_headers": {"x-team": "blue"},
    }
    messages = client(host, url).messages
    print(messages.create(**options).content[0].text)
    with messages.stream(**options) as stream:
        print(stream.get_final_text())


if sys.argv[1] == "sign":
    print(json.dumps([signature(request) for request in json.load(sys.stdin)]))
else:
    for arguments in json.load(sys.stdin):
        send(*arguments)
