// Runs beside jambonz's SDK: checks signatures, and verbs against its specifications.
const { WebhookResponse } = require(`${process.cwd()}/node_modules/@jambonz/node-client`);
const { validateVerb } = require(`${process.cwd()}/node_modules/@jambonz/verb-specifications`);

function valid({ now_s, secret, header, body }) {
  Date.now = () => now_s * 1000;
  let passed = false;
  try {
    const request = { get: () => header, url: "/", body: Buffer.from(body, "utf8") };
    WebhookResponse.verifyJambonzSignature(secret)(request, null, () => (passed = true));
  } catch {
    return false;
  }
  return passed;
}

function unknown(verbs) {
  const logger = { debug() {}, info() {}, error() {} };
  const found = [];
  for (const { verb, ...properties } of verbs) {
    try {
      validateVerb(verb, properties, logger);
    } catch (error) {
      found.push(`${verb}: ${error.message}`);
    }
  }
  return found;
}

const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map((each) => (Array.isArray(each) ? unknown(each) : valid(each)))));
