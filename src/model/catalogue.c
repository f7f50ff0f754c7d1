/*
 * catalogue.c - every finding once: name, severity and the texts that `explain`,
 * expdiag-findings(7) and the reports print.
 *
 * The order is that of reports and of enum xd_finding_id.
 */
#include "expdiag/finding.h"

/* Titles as the vendor prints them; numbers where the document has one. */
#define REF_EKU                                                                          \
    "Navigate Client EKU Sunset with Expressway x15.5 (document 225693)\n"               \
    "Prepare Expressway for Client Auth EKU Sunset in Public CA Certificates (document " \
    "225482)"
#define REF_NOTICE "Field Notice FN74362"
#define REF_CERT   "Cisco Expressway Certificate Creation and Use Deployment Guide (X15.5)"
#define REF_ADMIN  "Cisco Expressway Administrator Guide (X15.5)"
#define REF_MRA    "Mobile and Remote Access Through Cisco Expressway Deployment Guide (X15.0)"
#define REF_TLS    "Understand Mobile and Remote Access (document 225476)"
#define REF_PORTS  "Cisco Expressway IP Port Usage Configuration Guide (X15.0)"
#define REF_CLUSTER \
    "Cisco Expressway Cluster Creation and Maintenance Deployment Guide (X15.4)"
#define REF_EDGE "Collaboration Edge Most Common Issues (document 118798)"
#define REF_PROXY \
    "Troubleshoot Expressway Traffic Server Certificate Verification (document 218018)"
#define REF_HYBRID \
    "Troubleshooting Guide for Cisco Webex Hybrid Call Service Connect (document 212475)"

static const struct xd_finding_info catalogue[XD_FINDING_COUNT] = {
    [XD_F_TLS_INTERCEPTED] =
        {"tls-intercepted", XD_CRITICAL,
         "Something between the two ends answers TLS itself",
         "A firewall or proxy opens the connection and presents a certificate of its own. "
         "The "
         "Expressways then verify the wrong certificate, and mutual TLS cannot work at "
         "all.",
         "A leaf on the wire is not the node's, and its issuer issued none of that node's "
         "certificates; or two views of one connection show different hellos or leaves "
         "(certain). A certificate of the node's own CA that is only out of date is "
         "stale-certificate-presented instead.",
         "Exempt the traffic between Expressway-C, Expressway-E and their peers from TLS "
         "inspection, then restart the zone.",
         REF_PORTS},
    [XD_F_CLIENT_EKU_MISSING] =
        {"client-eku-missing", XD_CRITICAL,
         "The TLS client's certificate does not permit client authentication",
         "The node that opens the connection presents a certificate without the purpose "
         "clientAuth in its Extended Key Usage (or below a CA that lacks it), and the "
         "verifier refuses it. Zones with mutual TLS stay down.",
         "The verifier's alert 43 or its log text names the purpose, and the replay of the "
         "chain that was seen fails for that reason alone: certain. A refusal without a "
         "reason, or an encrypted certificate: probable. Settings or status alone: "
         "possible. "
         "An absent EKU extension passes; with the EKU check off nothing is refused for "
         "it.",
         "Install a client certificate with clientAuth (a private CA can issue it) in the "
         "client store of the node that opens the connection; make the other side trust "
         "its "
         "CA. Switching the EKU check off brings up SIP only: SSH tunnels stay down.",
         REF_EKU},
    [XD_F_SERVER_EKU_MISSING] =
        {"server-eku-missing", XD_CRITICAL,
         "The TLS server's certificate does not permit server authentication",
         "The node that answers presents a certificate without the purpose serverAuth, and "
         "the client refuses it.",
         "As client-eku-missing, for the certificate of the server and the purpose "
         "serverAuth. An absent EKU extension passes.",
         "Install a server certificate with serverAuth in the server store of the node "
         "that "
         "answers.",
         REF_EKU},
    [XD_F_SSH_CLIENT_EKU_MISSING] =
        {"ssh-client-eku-missing", XD_CRITICAL,
         "SSH tunnels are refused because C's client certificate lacks clientAuth",
         "Expressway-E always asks for clientAuth on TCP 2222, whatever the EKU check "
         "says. "
         "Without the tunnels nobody can log in over MRA, and the WebRTC proxy is down, "
         "even "
         "while the zone is active.",
         "A refusal (wire, log, or the status \"Permission denied\"), the missing purpose "
         "in "
         "the leaf of C's client store, packet lengths that do not contradict it and no "
         "pending restart: certain. SSH client certificates are never visible themselves.",
         "Install a client certificate with clientAuth on Expressway-C. The EKU check of "
         "SIP "
         "does not change anything here.",
         REF_EKU "\n" REF_ADMIN},
    [XD_F_SIP_SERVICE_EKU_MISSING] =
        {"sip-service-eku-missing", XD_CRITICAL,
         "E's certificate lacks clientAuth, which X15.3 and before need for registrations",
         "Up to X15.3 C verifies E's certificate inside SIP SERVICE as a client "
         "certificate: "
         "zone and tunnels are up, but registrations over MRA fail, and an enforcing "
         "cluster "
         "breaks.",
         "The node is an Expressway-E of X15.3 or before and its certificate has an EKU "
         "without clientAuth. Ruled out from X15.4 on.",
         "Upgrade both Expressways to X15.5, or install a certificate with both purposes "
         "on "
         "Expressway-E.",
         REF_EKU},
    [XD_F_UNKNOWN_CA] =
        {"unknown-ca", XD_CRITICAL, "The verifier does not trust the CA of the certificate",
         "The path of the presented certificate ends at a root that is not in the "
         "verifier's list of trusted CAs.",
         "The replay with the verifier's CA file finds no trusted root while the whole "
         "path "
         "is known, and the verifier refuses with alert 48 or says so in its log: certain. "
         "If an intermediate is missing, see incomplete-chain. If the root is found "
         "nowhere "
         "in the case, probable.",
         "Add the root (and intermediates) of the certificate's CA to the verifier's list "
         "of "
         "trusted CAs, or use a certificate of a CA that it trusts.",
         REF_CERT "\n" REF_PROXY},
    [XD_F_INCOMPLETE_CHAIN] =
        {"incomplete-chain", XD_CRITICAL, "An intermediate CA certificate is missing",
         "The certificate is fine and its root is known, but the intermediate between them "
         "was neither sent nor is it in the verifier's CA file. An Expressway sends only "
         "what its own CA file holds.",
         "The replay stops at an intermediate that is found elsewhere in the case, or "
         "among "
         "the public roots, and passes once that certificate is added.",
         "Add the intermediate to the trusted CAs of the node that presents the "
         "certificate "
         "(so that it is sent) and of the verifier (SSH tunnels need it on both sides).",
         REF_CERT "\n" REF_HYBRID "\n" REF_MRA},
    [XD_F_KEY_USAGE_UNSUITABLE] =
        {"key-usage-unsuitable", XD_CRITICAL,
         "The key usage of the certificate forbids its role",
         "The keyUsage extension lacks the bit that the role needs (digitalSignature or "
         "keyAgreement for a client, also keyEncipherment for a server).",
         "The replay fails for the key usage alone, and the verifier refuses (alert 43). "
         "The "
         "certificate tells it from a missing EKU.",
         "Have the certificate issued again with digitalSignature and keyEncipherment.",
         REF_CERT},
    [XD_F_CERTIFICATE_EXPIRED] =
        {"certificate-expired", XD_CRITICAL, "A certificate had expired at the handshake",
         "The end of validity was over when the verifier looked at it.",
         "The verifier's alert 45 or log text, and the replay at the handshake's time "
         "fails "
         "for expiry alone: certain. An expired CRL gives the same alert and is told apart "
         "by the certificate's own dates.",
         "Renew the certificate, upload it to the store it comes from, restart.", REF_CERT},
    [XD_F_CERTIFICATE_NOT_YET_VALID] =
        {"certificate-not-yet-valid", XD_CRITICAL, "A certificate was not valid yet",
         "The verifier looked at it before the beginning of its validity.",
         "As certificate-expired, for the beginning. If only the verifier's clock is "
         "wrong, "
         "it is clock-skew.",
         "Check the clocks first (NTP); then the dates of the certificate.", REF_CERT},
    [XD_F_CLOCK_SKEW] =
        {"clock-skew", XD_CRITICAL, "A certificate fails only because a clock is wrong",
         "By the other clocks of the case the certificate is valid; by the verifier's own "
         "clock it is not.",
         "The replay fails at the verifier's time and passes at the presenter's, and the "
         "measured offset between them is larger than the difference.",
         "Correct NTP on the verifier; no certificate needs to change.", REF_ADMIN},
    [XD_F_CERTIFICATE_REVOKED] =
        {"certificate-revoked", XD_CRITICAL, "A certificate was revoked",
         "The verifier says that the issuing CA has revoked the certificate.",
         "Alert 44 or the verifier's log text.",
         "Ask the CA why; have a new certificate issued and installed.", REF_CERT},
    [XD_F_REVOCATION_UNAVAILABLE] =
        {"revocation-unavailable", XD_CRITICAL,
         "The revocation list is missing or out of date",
         "The verifier is told to check revocation and cannot: the CRL is missing or "
         "expired, or the OCSP responder does not answer.",
         "Revocation checking is on and the verifier's log text speaks of the CRL or OCSP.",
         "Upload a current CRL or make the CRL and OCSP sources reachable, or treat "
         "inaccessible sources as not revoked.",
         REF_CERT},
    [XD_F_NAME_MISMATCH] =
        {"name-mismatch", XD_CRITICAL, "The certificate is for another name",
         "The verifier expects a name that is not among the subject alternative names of "
         "the "
         "certificate. An Expressway checks it after the handshake and then just closes.",
         "The verifier's log text, or a close right after a complete handshake, and no SAN "
         "equals the expected name. From stores and zone settings alone: possible. "
         "Wildcards "
         "are not supported.",
         "Correct the peer address or the TLS verify subject name, or have the certificate "
         "issued with that name as SAN.",
         REF_CERT "\n" REF_PROXY "\n" REF_HYBRID},
    [XD_F_NO_CLIENT_CERTIFICATE] =
        {"no-client-certificate", XD_CRITICAL, "A required client certificate was not sent",
         "The server asked for a client certificate and got an empty answer.",
         "An empty Certificate message, or none, followed by the refusal (alert 40 or "
         "116), "
         "or the verifier's log text.",
         "Give the client a certificate that fits what the server asks for (CA names and "
         "signature algorithms of its request), or do not require one.",
         REF_CERT},
    [XD_F_PROTOCOL_VERSION_MISMATCH] =
        {"protocol-version-mismatch", XD_CRITICAL,
         "The two ends have no TLS version in common",
         "One side offers only versions that the other does not accept.",
         "Alert 70, or the versions offered and the other end's settings do not meet.",
         "Allow a common version on both sides (SIP Advanced SipTlsVersions); TLS 1.2 is "
         "the "
         "usual common ground.",
         REF_ADMIN},
    [XD_F_NO_SHARED_CIPHER] = {"no-shared-cipher", XD_CRITICAL,
                               "The two ends have no cipher in common",
                               "Nothing that the client offers is accepted by the server.",
                               "Alert 40 or 71 by the server right after the hello, before "
                               "any certificate, or its "
                               "log text \"no shared cipher\".",
                               "Compare the cipher settings of both sides.", REF_ADMIN},
    [XD_F_WEAK_SIGNATURE] =
        {"weak-signature", XD_CRITICAL,
         "A certificate is refused for its digest or key size",
         "The signature of the certificate or its key is too weak for the verifier.",
         "The verifier's log text, and the replay agrees.",
         "Have the certificate issued again with SHA-256 or better and a key of at least "
         "2048 bits.",
         REF_CERT},
    [XD_F_SSH_UNREACHABLE] =
        {"ssh-unreachable", XD_CRITICAL, "Expressway-E cannot be reached on TCP 2222",
         "The SSH tunnels need TCP 2222 from C to E. The connection is refused or never "
         "answered.",
         "A SYN to port 2222 that is never answered, or answered by RST; or the log's "
         "\"Connection timed out\" or \"Connection refused\". If the SYN is seen to reach "
         "E, "
         "it is ssh-blocked.",
         "Open TCP 2222 from Expressway-C (source ports 30000-35999) to Expressway-E in "
         "every firewall between them.",
         REF_PORTS},
    [XD_F_SSH_BLOCKED] =
        {"ssh-blocked", XD_ERROR, "Expressway-E does not answer C on TCP 2222 any more",
         "The connection request reaches E and E keeps silent: its "
         "intrusion protection has "
         "blocked C, usually after repeated refused logins.",
         "E's own capture shows the SYN without an answer, or its status lists C as "
         "blocked: certain. Silence towards C after refused logins: probable. It names "
         "the cause of the earlier refusals where there is one.",
         "Remove the cause of the refusals first; then unblock C in the "
         "intrusion protection "
         "of E and exempt its address.",
         REF_MRA "\n" REF_ADMIN},
    [XD_F_SSH_AUTH_FAILED] =
        {"ssh-auth-failed", XD_ERROR, "E refuses C's SSH login",
         "The tunnel's SSH connection comes up, but authentication is refused, and C's "
         "client certificate does not explain it.",
         "A refusal by packet lengths, by the log or by the status \"Permission denied\", "
         "and a client certificate that should pass.",
         "Check that both sides trust the whole chain, forward and reverse DNS, the clocks "
         "and the traversal account.",
         REF_MRA},
    [XD_F_SSH_KEX_MISMATCH] =
        {"ssh-kex-mismatch", XD_ERROR, "The two ends have no SSH algorithm in common",
         "Client and server offer lists that do not meet.",
         "Both KEXINIT lists were seen and one of them has nothing in common.",
         "Set the same sshd_pfwd ciphers and algorithms on both nodes.", REF_ADMIN},
    [XD_F_SSH_KEY_ALGORITHM] =
        {"ssh-key-algorithm", XD_ERROR, "The settings do not admit the type of an SSH key",
         "The key type of a certificate is not in sshd_pfwd_pubkeyalgorithms.",
         "The settings of both nodes against the keys of C's client certificate and of E's "
         "server certificate. Refused logins, or a log that names the algorithm: probable; "
         "settings alone, and no tunnel known to be up: possible.",
         "Add the algorithm to sshd_pfwd_pubkeyalgorithms on both nodes, or use another "
         "key.",
         REF_ADMIN},
    [XD_F_SSH_HOST_KEY_UNEXPECTED] =
        {"ssh-host-key-unexpected", XD_ERROR, "The SSH server is not the node it should be",
         "The host certificate on port 2222 is not the server certificate of the node.",
         "The host certificate is visible in the key exchange and is none of the node's, "
         "nor "
         "an older one of the same subject or CA.",
         "Find out which machine answers on TCP 2222 (address translation, another node, "
         "inspection).",
         REF_ADMIN},
    [XD_F_WRONG_STORE_PRESENTED] =
        {"wrong-store-presented", XD_ERROR,
         "A node presented the certificate of its other store",
         "From X15.5 on, the client store is used when the node opens a connection and the "
         "server store when it answers. Here it was the other way round.",
         "The leaf was seen on the wire, it is in the store that the role does not call "
         "for "
         "and not in the one it does. Inference never raises it.",
         "Restart the node; if it stays, collect new logs and open a case.", REF_EKU},
    [XD_F_STALE_CERTIFICATE_PRESENTED] =
        {"stale-certificate-presented", XD_ERROR,
         "A node still presents a certificate that its stores no longer hold",
         "The certificate was replaced, but the node has not been restarted since: what it "
         "presents is the old one.",
         "A leaf on the wire with the node's subject or issuer that is in none of its "
         "stores, or alarm 15028 (restart required).",
         "Restart the node (Maintenance > Restart options), then check again.", REF_CERT},
    [XD_F_TRAVERSAL_AUTH_FAILED] =
        {"traversal-auth-failed", XD_ERROR, "The traversal credentials are refused",
         "TLS is fine. User name or password of the traversal zone do not match.",
         "\"Authentication Failed\" in E's log for the traversal client.",
         "Enter the same user name and password in the zone on C and in the local "
         "authentication database of E.",
         REF_ADMIN "\n" REF_EDGE},
    [XD_F_NAME_RESOLUTION_FAILED] =
        {"name-resolution-failed", XD_ERROR, "A host name does not resolve",
         "The Expressways need forward and reverse DNS of each other; a host name with an "
         "underscore breaks the tunnels as well.",
         "The log (host not resolved, reverse look-up failed), alarms 25030 or 25031, or "
         "an "
         "underscore in E's host name (possible while no tunnel is down).",
         "Correct DNS: A or AAAA record, PTR record, and the name in the SAN of E's "
         "certificate.",
         REF_MRA "\n" REF_EDGE},
    [XD_F_HANDSHAKE_RESET] =
        {"handshake-reset", XD_ERROR, "A handshake was cut off by a reset",
         "One end, or something between, ended the handshake with a TCP RST and no alert.",
         "RST inside or right after the handshake, and nothing else explains it.",
         "Compare captures of both ends: who sent the RST? A firewall between them, or the "
         "far end's own log.",
         REF_PORTS "\n" REF_HYBRID},
    [XD_F_HANDSHAKE_CLOSED] =
        {"handshake-closed", XD_ERROR, "A handshake was closed without a reason",
         "One end closed the connection during the handshake or right after it, without an "
         "alert that can be read.",
         "FIN without alert, or an encrypted alert, and nothing else explains it.",
         "Look into the log of the end that closed.", REF_ADMIN},
    [XD_F_HANDSHAKE_UNANSWERED] =
        {"handshake-unanswered", XD_ERROR, "A handshake got no answer",
         "TCP is up, but the other end never answers the hello.",
         "A hello without an answer until the connection ends or the capture does.",
         "Check inspection (ALG) on the path and the service on the far end.",
         REF_PORTS "\n" REF_HYBRID},
    [XD_F_CONNECTION_REFUSED] =
        {"connection-refused", XD_ERROR, "A connection was refused",
         "The other end, or a firewall, answers the connection request with RST.",
         "RST to SYN, or the log says so.",
         "Check that the service runs on that address and port and that firewalls let it "
         "through.",
         REF_PORTS},
    [XD_F_CONNECTION_UNANSWERED] =
        {"connection-unanswered", XD_ERROR, "A connection request got no answer",
         "The SYN is repeated and never answered.",
         "SYN without any answer, while the capture goes on.",
         "Open the port in every firewall on the path; check routes.",
         REF_PORTS "\n" REF_EDGE},
    [XD_F_ZONE_DOWN_UNEXPLAINED] =
        {"zone-down-unexplained", XD_ERROR,
         "A zone or tunnel is down and the evidence does not show why",
         "The status says that it is down, but no handshake, log line or store in the "
         "evidence explains it.",
         "Status \"Failed\" or \"Active (n of m)\" with n below m, and no other finding "
         "explains it.",
         "Take diagnostic logs with tcpdump on both nodes at the same time, while the zone "
         "tries to connect.",
         REF_ADMIN},
    [XD_F_CLIENT_STORE_SERVER_ONLY] =
        {"client-store-server-only", XD_ERROR,
         "The client store holds a certificate without clientAuth",
         "Whatever this node opens with mutual TLS will be refused wherever the purpose is "
         "checked. On Expressway-C that includes the zone and the SSH tunnels.",
         "The leaf of the client store (before X15.5: of the only store) has an EKU "
         "extension without clientAuth. Silent where client-eku-missing or "
         "ssh-client-eku-missing names the certificate.",
         "Install a client certificate with clientAuth.", REF_EKU},
    [XD_F_PUBLIC_CA_RENEWAL_RISK] =
        {"public-ca-renewal-risk", XD_WARNING,
         "The next renewal by this public CA will lose clientAuth",
         "Public CAs stop issuing certificates with clientAuth. The certificate works now; "
         "its renewal will not.",
         "A leaf with clientAuth that is needed, from a public CA, against the dated table "
         "of CA policies.",
         "Plan a client certificate of a private CA before the renewal.",
         REF_EKU "\n" REF_NOTICE},
    [XD_F_CERTIFICATE_EXPIRES_SOON] =
        {"certificate-expires-soon", XD_WARNING, "A certificate expires within 30 days",
         "When it expires, everything that depends on it stops.",
         "A leaf in a store, or a CA on its path, ends within 30 days of the last packet "
         "or "
         "log line.",
         "Renew it in time.", REF_CERT},
    [XD_F_CA_MISSING_FOR_STORE] =
        {"ca-missing-for-store", XD_WARNING,
         "The node's trusted CAs do not hold the issuer of its own certificate",
         "The node cannot send the chain of its certificate, and peers that only know the "
         "root will refuse it.",
         "The path of a leaf in a store cannot be completed by the node's own CA file.",
         "Add the missing CA certificates to the node's trusted CAs.", REF_CERT},
    [XD_F_CA_NAME_DUPLICATE] =
        {"ca-name-duplicate", XD_WARNING, "Two CAs of one name are in a CA file",
         "Only the first of two CA certificates with the same subject is used; with "
         "another "
         "key behind the second one, certificates of that CA are refused.",
         "Two certificates of the CA file have the same subject and different keys.",
         "Remove the one that is no longer needed.", REF_CERT},
    [XD_F_NAME_ONLY_IN_CN] =
        {"name-only-in-cn", XD_WARNING, "A name stands only in the common name",
         "Verifiers look at the subject alternative names. A name in the CN alone is not "
         "enough for all of them.",
         "The expected name equals the CN and no SAN.",
         "Have the certificate issued with the name as SAN.", REF_CERT},
    [XD_F_CLUSTER_PEERS_DIFFER] = {"cluster-peers-differ", XD_WARNING,
                                   "Peers of one cluster differ",
                                   "What differs (version, EKU check, purposes, trusted "
                                   "CAs) makes one peer fail where "
                                   "another works.",
                                   "The peers' stores and settings, compared.",
                                   "Make the peers alike; trusted CAs are not replicated.",
                                   REF_CLUSTER},
    [XD_F_VERSION_MISMATCH] =
        {"version-mismatch", XD_WARNING, "Expressway-C and E run different releases",
         "Both must run the same release; the rules for certificates differ between them.",
         "The versions in the dumps of the pair.", "Upgrade both to the same release.",
         REF_EKU},
    [XD_F_EKU_CHECK_OFF] =
        {"eku-check-off", XD_WARNING, "The EKU check is switched off",
         "Inbound SIP TLS then accepts client certificates without clientAuth. SSH tunnels "
         "do not: they need the purpose whatever the switch says.",
         "The setting in the dump, or its last change in the log.",
         "Install client certificates with clientAuth, then switch the check on again.",
         REF_EKU},
    [XD_F_CLOCK_OFFSET] =
        {"clock-offset", XD_WARNING, "The clocks of two nodes differ",
         "A difference of 5 s or more makes logs hard to compare; larger ones break "
         "certificates and tunnels.",
         "The same packets in the captures of both nodes.", "Correct NTP on both nodes.",
         REF_ADMIN},
    [XD_F_DEPRECATED_SETTING] = {"deprecated-setting", XD_INFO,
                                 "A setting is set that this release no longer uses",
                                 "EnableServerEkuUpload was for X15.4 only; X15.5 has two "
                                 "stores and the EKU check.",
                                 "The setting in the dump of an X15.5 node.",
                                 "Remove it from your notes; nothing depends on it.",
                                 REF_EKU},
    [XD_F_STORES_IDENTICAL] =
        {"stores-identical", XD_INFO, "Server and client store hold the same certificate",
         "So an upgrade leaves them, and so the box \"Upload server certificate file as "
         "client certificate\" makes them. Harmless while the certificate has both "
         "purposes.",
         "The first certificates of the two files are the same.",
         "Nothing, as long as the certificate permits clientAuth; an ACME renewal copies "
         "the "
         "server certificate over the client one unless that is switched off.",
         REF_EKU},
    [XD_F_CERTIFICATES_ENCRYPTED] =
        {"certificates-encrypted", XD_INFO, "TLS 1.3 hides the certificates",
         "From X15.2 on Expressways talk TLS 1.3 to each other: certificates and alerts "
         "are "
         "encrypted and cannot be read from the capture.",
         "Related conversations of TLS 1.3 without a key log.",
         "For certainty, repeat the capture with a key log, or with TLS 1.2 set for the "
         "test.",
         REF_TLS},
    [XD_F_UNSOLICITED_FAILURES] =
        {"unsolicited-failures", XD_INFO, "Strangers' connections failed",
         "A node on the Internet is scanned all day. These failures belong to no zone, "
         "tunnel or peer of the case.",
         "Failed conversations of inbound clients that are not related. Where three or "
         "more clients all refuse the certificate of one service and none gets through, "
         "the finding that explains it is raised instead, as probable.",
         "Nothing, unless one of the addresses is a partner of yours.", ""},
    [XD_F_INPUT_TRUNCATED] = {"input-truncated", XD_WARNING,
                              "A file of the bundle ends early",
                              "What follows its end is missing from the analysis.",
                              "The archive or the file itself ends inside a record.",
                              "Download the bundle again.", REF_ADMIN},
    [XD_F_INPUT_DAMAGED] =
        {"input-damaged", XD_WARNING,
         "A file of the bundle is damaged or cannot be trusted",
         "Something inside is wrong, contradicts another file, or should never be there.",
         "Checksums, formats, empty files, dumps that contradict each other, private keys.",
         "Collect the bundle again. A private key in a bundle must be considered "
         "disclosed.",
         REF_ADMIN},
    [XD_F_INPUT_MISSING] =
        {"input-missing", XD_WARNING, "A file is missing that should be there",
         "What it would have shown cannot be judged.",
         "A file that this version always writes is not in the bundle, or only one half of "
         "a "
         "Unified Communications pair is in the case (info), or an input could not be "
         "opened.",
         "Check the name of an input that could not be opened. "
         "Collect the missing part: Maintenance > Diagnostics > Diagnostic logging, with "
         "tcpdump, on every node of the case at the same time.",
         REF_ADMIN},
    [XD_F_CAPTURE_GAP] =
        {"capture-gap", XD_WARNING, "Bytes are missing inside a handshake",
         "The capture lost packets, so that a handshake could not be read whole.",
         "A hole in the sequence numbers inside a related handshake.",
         "Capture again with a filter on the addresses involved, or under less load.",
         REF_ADMIN},
};

const struct xd_finding_info *xd_finding_info(enum xd_finding_id id)
{
    return &catalogue[id];
}
