namespace Gateway.Tests.Configuration;

/// <summary>Every rule outside the providers: the invalid file, its error, and whether the JSON schema refuses it too.</summary>
public static class SectionRules
{
    public static TheoryData<string, string, bool> Broken => new()
    {
        { """{ "Kestrel": { "Endpoints": { "Http": { "Url": "http://127.0.0.1:80" } } } }""",
            "Kestrel:Endpoints:Http: unknown key; known are Admin, Connect, Proxy", true },
        { """{ "Kestrel": { "Endpoints": { "Proxy": { "Url": "ftp://127.0.0.1" } } } }""",
            "Kestrel:Endpoints:Proxy:Url: 'ftp://127.0.0.1' is not an address to listen on like http://127.0.0.1:8080", true },
        { """{ "Kestrel": { "Endpoints": { "Proxy": { "Url": "http://127.0.0.1:80/base" } } } }""",
            "Kestrel:Endpoints:Proxy:Url: 'http://127.0.0.1:80/base' is not an address to listen on like http://127.0.0.1:8080", true },
        { """{ "Kestrel": { "Endpoints": { "Proxy": { "Url": "http://127.0.0.1:80", "Protocol": "Http1" } } } }""",
            "Kestrel:Endpoints:Proxy:Protocol: unknown key; did you mean Protocols?", true },
        { """{ "Kestrel": { "Endpoints": { "Proxy": { "Url": "http://127.0.0.1:65536" } } } }""",
            "Kestrel:Endpoints:Proxy:Url: 'http://127.0.0.1:65536' is not an address to listen on like http://127.0.0.1:8080", false },
        { """{ "Kestrel": { "Endpoints": { "Proxy": { "Url": "http://127.0.0.1:80", "ClientCertificateMode": "Require" } } } }""",
            "Kestrel:Endpoints:Proxy:ClientCertificateMode: 'Require' is none of NoCertificate, AllowCertificate, RequireCertificate, "
                + "DelayCertificate", true },
        { """{ "Kestrel": { "Limit": {} } }""", "Kestrel:Limit: unknown key; known are Certificates, EndpointDefaults, Endpoints", true },
        { """{ "Admin": { "key": "a", "Keys": "b" } }""", "Admin:Keys: unknown key; did you mean Key?", true },
        { """{ "Admin": { "Key": "a b" } }""",
            "Admin:Key: the value is not printable ASCII without spaces, so no header can carry it", true },
        { """{ "Store": { "EncryptionKeys": ["c2hvcnQ="] } }""",
            "Store:EncryptionKeys:0: the value is not 32 random bytes in Base64 (openssl rand -base64 32)", true },
        { """{ "Store": { "EncryptionKeys": ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] } }""",
            "Store:EncryptionKeys:0: the value is not 32 random bytes in Base64 (openssl rand -base64 32)", false },
        { """{ "Store": { "Database": "x" } }""", "Store:Database: unknown key; known are CaFile, EncryptionKeys, Path, Redis", true },
        { """{ "Store": { "Path": "" } }""", "Store:Path: missing", true },
        { """{ "Store": { "Redis": "password=canary" } }""",
            "Store:Redis: the value is not a StackExchange.Redis configuration like host:6379,password=…", false },
        { """{ "Store": { "CaFile": "/nowhere.pem" } }""", "Store:CaFile: '/nowhere.pem' is not a file", false },
        { """{ "Store": { "CaFile": "/dev/null" } }""", "Store:CaFile: '/dev/null' has no certificate in PEM format", false },
        { """{ "Proxy": { "ReplayMemory": -1 } }""", "Proxy:ReplayMemory: '-1' is not a whole number of bytes from 0 on", true },
        { """{ "Forwarding": { "ReplayMemory": "64MiB" } }""",
            "Forwarding:ReplayMemory: '64MiB' is not a whole number of bytes from 0 on", true },
        { """{ "Connect": { "PublicUrl": "https://connect.example.com/?a=b" } }""",
            "Connect:PublicUrl: 'https://connect.example.com/?***' is not an absolute https URI (http to loopback only) without user "
                + "information, query or fragment", true },
        { """{ "Connect": { "PublicURI": "https://connect.example.com" } }""",
            "Connect:PublicURI: unknown key; did you mean PublicUrl?", true },
        { """{ "Connect": { "PublicUrl": "http://connect.example.com" } }""",
            "Connect:PublicUrl: 'http://connect.example.com' is not an absolute https URI (http to loopback only) without user "
                + "information, query or fragment", true },
        { """{ "Connect": { "Name": " " } }""", "Connect:Name: ' ' is not a name of 1 to 60 characters on one line", true },
        { """{ "Connect": { "Logo": "logo.exe" } }""",
            "Connect:Logo: 'logo.exe' is not a file of a type that browsers show: .png, .jpg, .jpeg, .svg, .webp", true },
        { """{ "Connect": { "Logo": "/nowhere.png" } }""", "Connect:Logo: '/nowhere.png' is not a file", false },
        { """{ "Connect": { "ReturnPaths": ["portal"] } }""",
            "Connect:ReturnPaths:0: 'portal' is not a path that starts and ends with one '/', of letters, digits, '-', '_' and '.'", true },
        { """{ "Connect": { "ReturnPaths": ["/a/../"] } }""",
            "Connect:ReturnPaths:0: '/a/../' is not a path that starts and ends with one '/', of letters, digits, '-', '_' and '.'", true },
        { """{ "Connect": { "ReturnPaths": ["//evil.example/"] } }""",
            "Connect:ReturnPaths:0: '//evil.example/' is not a path that starts and ends with one '/', of letters, digits, '-', '_' "
                + "and '.'", true },
        { """{ "Connect": { "TrustedProxies": ["proxy.internal"] } }""",
            "Connect:TrustedProxies:0: 'proxy.internal' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits "
                + "beyond its prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["10.1"] } }""",
            "Connect:TrustedProxies:0: '10.1' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond its "
                + "prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["010.0.0.1"] } }""",
            "Connect:TrustedProxies:0: '010.0.0.1' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond "
                + "its prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["10.0.0.5:443"] } }""",
            "Connect:TrustedProxies:0: '10.0.0.5:443' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits "
                + "beyond its prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["10.0.0.5/8"] } }""",
            "Connect:TrustedProxies:0: '10.0.0.5/8' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond "
                + "its prefix and not all addresses", false },
        { """{ "Connect": { "TrustedProxies": ["10.0.0.0/33"] } }""",
            "Connect:TrustedProxies:0: '10.0.0.0/33' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits "
                + "beyond its prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["0.0.0.0/0"] } }""",
            "Connect:TrustedProxies:0: '0.0.0.0/0' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond "
                + "its prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["::/0"] } }""",
            "Connect:TrustedProxies:0: '::/0' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond its "
                + "prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["[::1]"] } }""",
            "Connect:TrustedProxies:0: '[::1]' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond its "
                + "prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["fe80::1%eth0"] } }""",
            "Connect:TrustedProxies:0: 'fe80::1%eth0' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits "
                + "beyond its prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": ["fd00::1/8"] } }""",
            "Connect:TrustedProxies:0: 'fd00::1/8' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond "
                + "its prefix and not all addresses", false },
        { """{ "Connect": { "TrustedProxies": ["10.0.0.0/8/8"] } }""",
            "Connect:TrustedProxies:0: '10.0.0.0/8/8' is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits "
                + "beyond its prefix and not all addresses", true },
        { """{ "Connect": { "TrustedProxies": "10.0.0.5" } }""", "Connect:TrustedProxies: '10.0.0.5' is not a list", true },
        { """{ "Secrets": { "Dir": "x" } }""", "Secrets:Dir: unknown key; known are Directory", true },
    };

    public static TheoryData<string> OpenAddresses =>
        ["http://0.0.0.0:8080", "http://[::]:8080", "http://*:8080", "http://+:8080", "http://gateway.internal:8080", "https://10.0.0.1",
            "http://[fe80::1]:80"];

    public static TheoryData<string> LoopbackAddresses =>
        ["http://127.0.0.1:0", "http://127.1.2.3:80", "http://localhost:5000", "http://LOCALHOST:5000", "https://[::1]:443",
            "http://unix:/tmp/gateway.sock"];
}
