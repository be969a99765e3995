"""Records and replays cassettes with VCR.py.

    vcr_program.py record URL FILE   a conversation of Anthropic's SDK with the server at URL
    vcr_program.py replay FILE       sends each request of FILE again, and prints the answers as JSON lines
"""

import json
import sys
import urllib.error
import urllib.request

import vcr
import yaml


def record(url, file):
    import anthropic

    tool = {
        "name": "stock",
        "description": "Returns the number of items in stock.",
        "input_schema": {"type": "object", "properties": {"item": {"type": "string"}}, "required": ["item"]},
    }
    options = {"model": "claude-sonnet-5-5", "max_tokens": 1000, "tools": [tool]}
    recorder = vcr.VCR(filter_headers=["x-api-key", "authorization"], record_mode="all")
    with recorder.use_cassette(file):
        client = anthropic.Anthropic(api_key="a-key-that-is-not-stored-1", base_url=url, max_retries=0)
        messages = [{"role": "user", "content": "How much tea is there?"}]
        first = client.messages.create(messages=messages, **options)
        call = next(block for block in first.content if block.type == "tool_use")
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "3"}
        messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
        print(client.messages.create(messages=messages, **options).content[0].text)
        with client.messages.stream(messages=[{"role": "user", "content": "Hello"}], **options) as stream:
            print(stream.get_final_text())


def replay(file):
    with open(file) as text:
        requests = [interaction["request"] for interaction in yaml.safe_load(text)["interactions"]]
    recorder = vcr.VCR(record_mode="none", match_on=["method", "uri", "body"])
    with recorder.use_cassette(file) as cassette:
        for request in requests:
            headers = {name: values[0] for name, values in request["headers"].items()}
            # As compact JSON: the body is compared as JSON.
            body = json.dumps(json.loads(request["body"])).encode()
            sent = urllib.request.Request(request["uri"], body, headers, method=request["method"])
            try:
                answer = urllib.request.urlopen(sent)
            except urllib.error.HTTPError as error:
                answer = error
            kind = answer.headers["content-type"]
            print(json.dumps({"status": answer.status, "type": kind, "body": answer.read().decode()}))
        assert cassette.all_played


if __name__ == "__main__":
    {"record": record, "replay": replay}[sys.argv[1]](*sys.argv[2:])
