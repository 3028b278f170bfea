"""esxcli over the vSphere API, as a client: for the simulators' own tests."""

from typing import Any

from lxml import etree

SPACE = "{urn:vim25}"
ENVELOPE = (
    '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)


def _call(instance: Any, body: str) -> Any:
    stub = instance._stub
    connection = stub.GetConnection()
    headers = {"Cookie": stub.cookie, "SOAPAction": stub.versionId, "Content-Type": "text/xml; charset=utf-8"}
    connection.request("POST", stub.path, ENVELOPE.format(body).encode(), headers)
    answer = connection.getresponse().read()
    stub.ReturnConnection(connection)
    return etree.fromstring(answer)


def run(instance: Any, moid: str, command: str) -> Any:
    """The answer of `system.version.get` and the like: text, one mapping, or a list of mappings.

    Raises RuntimeError with the host's message when the command fails.
    """
    ask = f'<RetrieveManagedMethodExecuter xmlns="urn:vim25"><_this type="HostSystem">{moid}</_this>'
    executer = _call(instance, f"{ask}</RetrieveManagedMethodExecuter>").findtext(f".//{SPACE}returnval")
    handler = "ha-cli-handler-" + command.rpartition(".")[0].replace(".", "-")
    answer = _call(
        instance,
        f'<ExecuteSoap xmlns="urn:vim25"><_this type="ReflectManagedMethodExecuter">{executer}</_this>'
        f"<moid>{handler}</moid><version>urn:vim25/5.0</version><method>vim.EsxCLI.{command}</method></ExecuteSoap>",
    )
    message = answer.findtext(f".//{SPACE}faultMsg")
    if message is not None:
        raise RuntimeError(message)
    result = etree.fromstring(answer.findtext(f".//{SPACE}response"))
    if not len(result):
        return result.text
    rows = [{etree.QName(field).localname: field.text for field in row} for row in result]
    if etree.QName(result[0]).localname == "DataObject":
        return rows
    return {etree.QName(field).localname: field.text for field in result}
