package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// The headers of a notification, besides Content-Type and User-Agent.
const (
	// HeaderSignature has the time of the delivery and the signature of it and the body: "t=<unix seconds>,v1=<hex>".
	HeaderSignature = "Sluice-Signature"
	// HeaderDelivery has the notification's id, which is the same each time that it is sent.
	HeaderDelivery = "Sluice-Delivery"
)

// Sign is the value of HeaderSignature: v1 is HMAC-SHA256, in hexadecimal, of "<t>.<body>". The time is signed too so that a receiver can refuse
// what somebody has recorded and sends again.
func Sign(secret, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
