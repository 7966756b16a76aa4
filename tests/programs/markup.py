# XML: ElementTree, minidom, SAX, plists, and what is not well-formed.
import plistlib
import xml.dom.minidom
import xml.etree.ElementTree as ET
import xml.sax
from xml.parsers import expat

tree = ET.fromstring('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "<b>hi</b> x"><!ATTLIST d k CDATA "v">]>'
                     '<a x="1&lt;" xmlns:p="urn:u"><p:c>\u00e9 &e; <![CDATA[<z>]]></p:c><d/>t&#65;</a>')
print(ET.tostring(tree))
print(plistlib.loads(plistlib.dumps({'a': [1, 2.5, b'x', True]})))
print(xml.dom.minidom.parseString('<a><b c="d"/>t<!--x--><?pi y?></a>').toxml())
for bad in ['<a>', '<a></b>', '<a>&foo;</a>', '', '<a b=1/>', '<a/><b/>', '<a>\x01</a>', '<a b="1" b="2"/>', '<a:b/>', 'text',
            '<a>]]></a>', '<a><!-- -- --></a>', ' <?xml version="1.0"?><a/>', '<?xml version="1.0" encoding="foo"?><a/>',
            '<a>\n  <b></c>', '<a &></a>', '<a>&#0;</a>', '</a>', '<a', '<a><![CDATA[x</a>', '<1/>', '<a x="<"/>',
            '<!DOCTYPE a [<!ENTITY e "&e;">]><a>&e;</a>', '<a>& </a>']:
    try:
        print('well-formed', ET.fromstring(bad).tag)
    except Exception as e:
        print(type(e).__name__, e, repr(bad))


class Handler(xml.sax.ContentHandler):
    def startElement(self, name, attrs): print('start', name, dict(attrs))
    def endElement(self, name): print('end', name)
    def characters(self, text): print('text', repr(text))


xml.sax.parseString(b'<a b="c">x\n<d/>y</a>', Handler())
log = []
p = expat.ParserCreate(namespace_separator=' ')
for name in ('StartElement', 'EndElement', 'CharacterData', 'Comment', 'StartDoctypeDecl', 'ElementDecl', 'AttlistDecl', 'EntityDecl',
             'NotationDecl', 'XmlDecl', 'StartNamespaceDecl', 'EndNamespaceDecl', 'ProcessingInstruction'):
    setattr(p, f'{name}Handler', lambda *a, n=name: log.append((n, a, p.CurrentLineNumber, p.CurrentColumnNumber, p.CurrentByteIndex)))
doc = '''<?xml version="1.0" encoding="iso-8859-1" standalone="yes"?>
<!DOCTYPE q SYSTEM "q.dtd" [
<!ELEMENT q ((a|b)+,c?)> <!ATTLIST q k (x|y) "x" l ID #IMPLIED>
<!ENTITY f SYSTEM "f.txt" NDATA n><!NOTATION n PUBLIC "pub">]>
<q xmlns="urn:d" l=" z "><?pi d?><!--c-->\xe9
<e xmlns:m="urn:m" m:k="1"/></q>'''.encode('latin-1')
for i in range(0, len(doc), 7):
    p.Parse(doc[i:i + 7], False)
p.Parse(b'', True)
text = ''
for entry in log:
    if 'Decl' in entry[0] or 'Doctype' in entry[0]:
        entry = entry[:2]
    if entry[0] == 'CharacterData':
        text += entry[1][0]
    else:
        print(entry)
print(repr(text))


def fails(name, attrs):
    raise KeyError(name)


p = expat.ParserCreate()
p.StartElementHandler = fails
try:
    p.Parse('<a/>', True)
except KeyError as e:
    print('KeyError', e)
